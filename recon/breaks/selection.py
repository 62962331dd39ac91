"""Which breaks of a list somebody wants to see: by code, severity, who acts, owner, merchant, currency, state, sum."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from recon.breaks.catalogue import State

UNASSIGNED = "-"
OPEN_STATES = (State.OPEN.value, State.ASKED.value)
IS_OPEN = pl.col("state").is_in(OPEN_STATES)  # somebody still has to act


@dataclass(frozen=True)
class Selection:
    """What is asked for; an empty part asks for nothing, and all parts must fit.

    codes: codes (P01) or families (P). merchant: an id, or a part of the name in any case. min_amount_minor: the least
    amount at risk in minor units, of breaks in `currency`. owner: a person or a team, in any case; UNASSIGNED for
    breaks without an owner.
    """

    codes: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    merchant: str = ""
    currency: str = ""
    states: tuple[str, ...] = OPEN_STATES
    min_amount_minor: int | None = None
    owner: str = ""

    def of(self, items: pl.DataFrame) -> pl.DataFrame:
        """The rows of a list (`recon.breaks.items.ITEM_SCHEMA`) that fit, in its order; `owner` reads that column."""
        return items.filter(*self._conditions())

    def _conditions(self) -> list[pl.Expr]:
        wanted = {"severity": self.severities, "who_acts": self.who, "state": self.states}
        found = [pl.col(name).is_in(list(values)) for name, values in wanted.items() if values]
        if self.codes:
            found.append(pl.col("break_code").is_in(list(self.codes)) | pl.col("family").is_in(list(self.codes)))
        if self.currency:
            found.append(pl.col("currency") == self.currency)
        if self.min_amount_minor is not None:
            found.append(pl.col("amount_at_risk_minor") >= self.min_amount_minor)
        if self.owner:
            owner = pl.col("owner").str.to_lowercase()
            found.append(owner.is_null() if self.owner == UNASSIGNED else owner == self.owner.lower())
        if self.merchant:
            found.append(self._is_of_merchant())
        return found

    def _is_of_merchant(self) -> pl.Expr:
        part = pl.lit(self.merchant.lower())
        in_name = pl.col("merchant_name").str.to_lowercase().str.contains(part, literal=True)
        return (pl.col("merchant_id") == self.merchant).fill_null(value=False) | in_name.fill_null(value=False)
