"""Under which settlement agreement an order is expected to be cleared.

Contract knowledge, kept in configuration: wallet (`psp`) and merchant decide the agreement within a settlement currency
(AlipayCN may have its own). The most specific rule wins: a named merchant before a named wallet before the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

ANY = "*"
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

    def fits(self, merchant_id: str, psp_id: str | None) -> bool:
        """Whether the rule speaks of this merchant and wallet."""
        return self.psp in (ANY, psp_id) and (ANY in self.merchants or merchant_id in self.merchants)

    @property
    def weight(self) -> tuple[bool, bool]:
        """More specific is more."""
        return (ANY not in self.merchants, self.psp != ANY)


def expected_agreements(pairs: pl.DataFrame, rules: Sequence[AgreementRule]) -> pl.DataFrame:
    """For each `merchant_id, psp_id` and settlement currency the agreement that the contract names (EXPECTED_SCHEMA)."""
    ranked = sorted(rules, key=lambda rule: rule.weight, reverse=True)
    rows = []
    for pair in pairs.iter_rows(named=True):
        chosen: dict[str, str] = {}
        for rule in ranked:
            if rule.fits(pair["merchant_id"], pair["psp_id"]):
                chosen.setdefault(rule.settlement_currency, rule.agreement_id)
        rows += [(pair["merchant_id"], pair["psp_id"], currency, agreement) for currency, agreement in chosen.items()]
    return pl.DataFrame(rows, schema=EXPECTED_SCHEMA, orient="row")
