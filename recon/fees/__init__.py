"""The contract on fees: what Alipay+ may charge for one transaction, to the last minor unit.

A rate is given in millionths of the settlement amount (a basis point is 100 of them), so that hundredths of a basis
point are whole numbers and nothing is ever a float. The SQL of a day computes the same numbers from the same table
(`rate_frame`); a test holds both together. Which fee rows belong to which transaction is in `fee_rules.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

import polars as pl

from recon.matching.agreements import ANY
from recon.schema import Schema

MILLION = 1_000_000
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 12, 31)

RATE_SCHEMA: Schema = {
    "rate_number": pl.Int32,  # place in the contract, from 1
    "fee_kind": pl.String,
    "participant_agreement_id": pl.String,  # or "*", like the next three
    "settlement_currency": pl.String,
    "psp_id": pl.String,
    "merchant_id": pl.String,  # one line for each merchant of the group
    "first_day": pl.Date,
    "last_day": pl.Date,
    "weight": pl.Int32,  # the largest one that fits is taken
    "millionths": pl.Int64,
    "fixed_minor": pl.Int64,
    "minimum_minor": pl.Int64,
    "cap_minor": pl.Int64,  # null: none
    "rounding": pl.String,
    "step_minor": pl.Int64,  # the share is a multiple of it
    "returned": pl.String,
}
KIND_SCHEMA: Schema = {"fee_type": pl.String, "fee_kind": pl.String}


class Rounding(StrEnum):
    """How a fraction of the smallest unit becomes a whole one."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    UP = "UP"
    DOWN = "DOWN"


class Returned(StrEnum):
    """What of a fee comes back with a refund."""

    NONE = "none"
    PRO_RATA = "pro_rata"  # as much of the fee as of the payment
    FULL = "full"  # the whole fee, with the refund that returns the whole payment; nothing with a part
    OWN_RATE = "own_rate"  # the rate of the payment, of the refund's own amount; never more than the fee


@dataclass(frozen=True)
class FeeKind:
    """A kind of fee: how the reports call it, how it is rounded, whether it comes back."""

    name: str
    codes: tuple[str, ...] = ()  # values of the fee type in the reports; capitals do not matter
    rounding: Rounding = Rounding.HALF_UP
    returned: Returned = Returned.PRO_RATA
    step_minor: int = 1  # a share is rounded to a multiple of so many smallest units

    @property
    def known_as(self) -> frozenset[str]:
        """Its codes and its own name, in capitals."""
        return frozenset(text.upper() for text in (*self.codes, self.name))


@dataclass(frozen=True)
class FeeRate:
    """One line of the contract: share, fixed part, minimum and cap, for whom and when.

    The amounts are minor units of `currency`, which must be named if one of them is not zero.
    """

    kind: str
    millionths: int
    fixed_minor: int = 0
    minimum_minor: int = 0
    cap_minor: int | None = None
    currency: str = ANY
    agreement: str = ANY
    psp: str = ANY
    merchants: tuple[str, ...] = (ANY,)
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY

    def __post_init__(self) -> None:
        if self.cap_minor is not None and self.cap_minor < self.minimum_minor:
            raise ValueError("the cap is below the minimum")
        if self.currency == ANY and (self.fixed_minor or self.minimum_minor or self.cap_minor is not None):
            raise ValueError("a fixed part, a minimum or a cap needs a currency")
        if self.last_day < self.first_day:
            raise ValueError("the last day is before the first")

    @property
    def weight(self) -> int:
        """More specific is more: named merchants, then a wallet, an agreement, a currency."""
        named = (ANY not in self.merchants, self.psp != ANY, self.agreement != ANY, self.currency != ANY)
        return sum(1 << place for place, is_named in enumerate(reversed(named)) if is_named)

    def clashes(self, other: FeeRate) -> bool:
        """Whether the same transaction could fall under both, with nothing to choose by."""
        same = (self.kind, self.psp, self.agreement, self.currency) == (
            other.kind, other.psp, other.agreement, other.currency,
        )  # fmt: skip
        shared = set(self.merchants) & set(other.merchants)
        return same and bool(shared) and self.first_day <= other.last_day and other.first_day <= self.last_day


@dataclass(frozen=True)
class FeeContract:
    """All kinds and rates. Without rates nothing is recomputed and nothing is missing."""

    kinds: tuple[FeeKind, ...] = ()
    rates: tuple[FeeRate, ...] = ()
    tolerance_minor: int = 0
    pattern_rows: int = 5  # so many differing rows are looked at for a common cause

    def __post_init__(self) -> None:
        names = [kind.name for kind in self.kinds]
        if len(set(names)) < len(names):
            raise ValueError("two kinds of fees have the same name")
        codes = [code for kind in self.kinds for code in kind.known_as]
        if len(set(codes)) < len(codes):
            raise ValueError("two kinds of fees have the same code")
        if unknown := {rate.kind for rate in self.rates} - set(names):
            raise ValueError(f"a rate is of the kind {min(unknown)!r}, which is not listed")
        if any(one.clashes(other) for one, other in combinations(self.rates, 2)):
            raise ValueError("two rates are for the same transactions on the same day")

    @property
    def is_by_party(self) -> bool:
        """Whether a rate is for one wallet or for some merchants."""
        return any(rate.psp != ANY or ANY not in rate.merchants for rate in self.rates)

    def kind(self, name: str) -> FeeKind:
        """A kind by its name."""
        return next(kind for kind in self.kinds if kind.name == name)


def rate_frame(contract: FeeContract) -> pl.DataFrame:
    """The relation `fee_rates` (RATE_SCHEMA)."""
    rows = []
    for number, rate in enumerate(contract.rates, 1):
        kind = contract.kind(rate.kind)
        for merchant in (ANY,) if ANY in rate.merchants else rate.merchants:
            place = (number, rate.kind, rate.agreement, rate.currency, rate.psp, merchant)
            amounts = (rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor)
            rows.append((*place, rate.first_day, rate.last_day, rate.weight, *amounts, *_of_kind(kind)))
    return pl.DataFrame(rows, schema=RATE_SCHEMA, orient="row")


def _of_kind(kind: FeeKind) -> tuple[str, int, str]:
    return str(kind.rounding), kind.step_minor, str(kind.returned)


def kind_frame(kinds: Iterable[FeeKind]) -> pl.DataFrame:
    """The relation `fee_kinds`: how the reports call a fee, and its kind."""
    rows = [(code, kind.name) for kind in kinds for code in sorted(kind.known_as)]
    return pl.DataFrame(rows, schema=KIND_SCHEMA, orient="row")
