"""Under which settlement agreement an order is expected to be cleared.

Contract knowledge, kept in configuration: wallet (`psp`) and merchant decide the agreement within a settlement currency
(AlipayCN may have its own). The most specific rules win: a named merchant before a named wallet before the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

ANY = "*"
NOT_EXPECTED = ""
EXPECTED_SCHEMA = {
    "merchant_id": pl.String,
    "psp_id": pl.String,
    "settlement_currency": pl.String,
    "participant_agreement_id": pl.String,
}


@dataclass(frozen=True)
class AgreementRule:
    """One line of the contract table."""

    agreement_id: str
    settlement_currency: str
    psp: str = ANY
    merchants: tuple[str, ...] = (ANY,)

    def fits(self, merchant_id: str, psp_id: str) -> bool:
        """Whether the rule is about this merchant and wallet; of one that is not known (empty): whether it may be."""
        return (not psp_id or self.psp in (ANY, psp_id)) and (ANY in self.merchants or merchant_id in self.merchants)

    @property
    def weight(self) -> tuple[bool, bool]:
        """More specific is more."""
        return (ANY not in self.merchants, self.psp != ANY)


def expected_agreements(pairs: pl.DataFrame, rules: Sequence[AgreementRule]) -> pl.DataFrame:
    """For each `merchant_id, psp_id` and configured settlement currency the agreement that the contract names.

    NOT_EXPECTED is given where the contract names another currency for them. A pair that no rule fits has no line, nor
    one whose wallet is not known (psp_id is empty) and would decide.
    """
    currencies = sorted({rule.settlement_currency for rule in rules})
    rows = []
    for pair in pairs.iter_rows(named=True):
        fitting = [rule for rule in rules if rule.fits(pair["merchant_id"], pair["psp_id"])]
        weight = max((rule.weight for rule in fitting), default=None)
        if weight is None or (
            not pair["psp_id"] and any(rule.weight == weight and rule.psp != ANY for rule in fitting)
        ):
            continue
        chosen = {rule.settlement_currency: rule.agreement_id for rule in reversed(fitting) if rule.weight == weight}
        rows += [
            (pair["merchant_id"], pair["psp_id"], currency, chosen.get(currency, NOT_EXPECTED))
            for currency in currencies
        ]
    return pl.DataFrame(rows, schema=EXPECTED_SCHEMA, orient="row")
