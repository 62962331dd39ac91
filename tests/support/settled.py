"""Books of cleared batches and settlements, written down as a test tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from recon.settlement import Settlement, settle
from recon.settlement.breaks import settlement_breaks
from recon.settlement.business_days import BusinessDays
from recon.settlement.rows import BANK, CLEARED, SETTLED_LINES, SETTLEMENT_TOTALS
from recon.settlement.terms import SettlementTerms

AGREEMENT, CURRENCY = "A1", "EUR"
MON, TUE, WED, THU, FRI, SAT, SUN = (date(2026, 11, 16 + place) for place in range(7))
NEXT_MON, NEXT_TUE, NEXT_WED, NEXT_THU, NEXT_FRI = (date(2026, 11, 23 + place) for place in range(5))
T2 = SettlementTerms()


@dataclass
class Books:
    """What all reports say, as they come."""

    terms: Sequence[SettlementTerms] = (T2,)
    start: date = MON
    cleared: list[dict] = field(default_factory=list)
    lines: list[dict] = field(default_factory=list)
    totals: list[dict] = field(default_factory=list)
    receipts: list[dict] = field(default_factory=list)

    def clear(self, day: date, batch: str, minor: int, count: int = 1, agreement: str = AGREEMENT) -> None:
        """A line of a Transaction Summary."""
        self.cleared.append(_set(agreement) | {
            "clearing_batch_id": batch, "clearing_day": day, "transaction_count": count, "cleared_minor": minor,
            "lines": f"summary_{batch}:2",
        })  # fmt: skip

    def settle(
        self, day: date, settlement: str, *lines: tuple[str, int], total: int | None = None, value: date | None = None,
        agreement: str = AGREEMENT,
    ) -> None:  # fmt: skip
        """A Settlement Report."""
        for place, (batch, minor) in enumerate(lines):
            self.lines.append(_set(agreement) | {
                "settlement_batch_id": settlement, "settlement_day": day, "clearing_batch_id": batch,
                "settled_minor": minor, "line": f"settlement_{settlement}:{place + 4}",
            })  # fmt: skip
        self.totals.append(_set(agreement) | {
            "settlement_batch_id": settlement, "settlement_day": day, "value_date": value,
            "total_minor": sum(minor for _, minor in lines) if total is None else total,
            "lines": f"settlement_{settlement}:2",
        })  # fmt: skip

    def receive(self, settlement: str, minor: int, value: date) -> None:
        """A line of the bank file."""
        row = {"settlement_batch_id": settlement, "currency": CURRENCY, "amount_minor": minor, "value_date": value}
        self.receipts.append(row)

    def as_of(self, day: date, before: Settlement | None = None) -> Settlement:
        """Judged on a day, which sees no later report; `before`: as the day before had it."""
        return settle(
            day, self.start, self.terms,
            pl.DataFrame([row for row in self.cleared if row["clearing_day"] <= day], schema=CLEARED),
            pl.DataFrame(_seen(self.lines, day), schema=SETTLED_LINES),
            pl.DataFrame(_seen(self.totals, day), schema=SETTLEMENT_TOTALS),
            pl.DataFrame(self.receipts, schema=BANK),
            before and before.settlements,
        )  # fmt: skip

    def outcomes(self, day: date) -> dict[str, str]:
        """Batch -> outcome and flags."""
        rows = self.as_of(day).batches.iter_rows(named=True)
        return {row["clearing_batch_id"]: f"{row['outcome']} {row['flags']}".strip() for row in rows}

    def due(self, day: date) -> dict[str, date]:
        """Batch -> the settlement day on which it is due."""
        return {row["clearing_batch_id"]: row["due_day"] for row in self.as_of(day).batches.iter_rows(named=True)}

    def breaks(self, day: date) -> list[dict]:
        """The lines of `found`."""
        return settlement_breaks(self.as_of(day)).to_dicts()


def closed(*days: date) -> BusinessDays:
    """A calendar with holidays."""
    return BusinessDays(holidays=frozenset(days))


def _set(agreement: str) -> dict:
    return {"participant_agreement_id": agreement, "settlement_currency": CURRENCY}


def _seen(rows: list[dict], day: date) -> list[dict]:
    return [row for row in rows if (row["settlement_day"] - day).days <= 1]
