"""What each key deserves on each day, as the scenarios declare it when they are played.

What Alipay+ would answer about it is added at the end, from its own books: see `answers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from sandbox.ogloba_rows import Redemption, Void
from sandbox.scenarios.fees import FeeDeserved
from sandbox.scenarios.settlements import BatchDeserved

LATE_CYCLES = 2
ONE_DAY = timedelta(days=1)


class Deserved(NamedTuple):
    """One line of truth.csv, as it is declared."""

    as_of_day: date
    family: str  # P, R, B, C, I
    key_kind: str  # order, refund, provider, batch, settlement, fee, incident
    key: str
    break_code: str
    amount_minor: int
    currency: str
    scenario: str
    incident: str | None = None  # the key of the incident that stands for it


DECLARED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "as_of_day": pl.Date,
    "family": pl.String,
    "key_kind": pl.String,
    "key": pl.String,
    "break_code": pl.String,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "scenario": pl.String,
    "incident": pl.String,
}
TRUTH_SCHEMA = DECLARED_SCHEMA | {
    "answer": pl.String,  # what Alipay+ says when the loop of the day asks; null where it does not ask
    "code_after": pl.String,  # what the key deserves once it has answered
}


class Truth:
    """Collects what is deserved; only days that are reconciled count."""

    def __init__(self, days: Iterable[date]) -> None:
        self._days = sorted(days)
        self._rows: list[Deserved] = []
        self.scenario = ""

    def order(
        self,
        row: Redemption,
        code: str,
        since: date,
        until: date | None = None,
        family: str = "P",
    ) -> None:
        """A break on an order, from a day on, before another day."""
        self._add(since, until, (family, "order", row.ref_no, code, row.amt, row.cur))

    def refund(self, row: Void, code: str, since: date, until: date | None = None) -> None:
        """A break on a refund of ours."""
        self._add(since, until, ("R", "refund", row.void_no, code, row.amt, row.cur))

    def provider(
        self,
        family: str,
        transaction_id: str,
        code: str,
        amount: tuple[int, str],
        since: date,
        until: date | None = None,
    ) -> None:
        """A break on a row of Alipay+ that has nothing on our side."""
        self._add(since, until, (family, "provider", transaction_id, code, *amount))

    def add_settlement(self, rows: Iterable[BatchDeserved]) -> None:
        """What clearing batches and settlements deserve."""
        self._rows.extend(
            Deserved(row.day, "B", row.key_kind, row.key, row.code, row.amount, row.currency, row.scenario)
            for row in rows
        )

    def add_fees(self, rows: Iterable[FeeDeserved]) -> None:
        """What fees deserve."""
        self._rows.extend(
            Deserved(row.day, "C", "fee", row.key, row.code, row.amount, row.currency, row.scenario) for row in rows
        )

    def add(self, rows: Iterable[Deserved]) -> None:
        """What is known already, line by line."""
        self._rows.extend(rows)

    def order_waits(self, row: Redemption, since: date) -> None:
        """Not reported yet; real when two more cycles are closed."""
        self.order(row, "T01", since, since + LATE_CYCLES * ONE_DAY)
        self.order(row, "P07", since + LATE_CYCLES * ONE_DAY)

    def refund_waits(self, row: Void, since: date) -> None:
        """Not reported yet; real when two more cycles are closed."""
        self.refund(row, "T02", since, since + LATE_CYCLES * ONE_DAY)
        self.refund(row, "R05", since + LATE_CYCLES * ONE_DAY)

    def order_noted(self, row: Redemption, code: str, day: date) -> None:
        """A fact that no one has to undo: listed on one day."""
        self.order(row, code, day, day + ONE_DAY)

    def refund_noted(self, row: Void, code: str, day: date) -> None:
        """A fact that no one has to undo: listed on one day."""
        self.refund(row, code, day, day + ONE_DAY)

    def table(self) -> pl.DataFrame:
        """Sorted, one line per key and day."""
        table = pl.DataFrame(self._rows, schema=DECLARED_SCHEMA, orient="row")
        return table.sort("as_of_day", "family", "key_kind", "key", "break_code")

    def _add(self, since: date, until: date | None, what: tuple[str, str, str, str, int, str]) -> None:
        self._rows.extend(
            Deserved(day, *what, self.scenario) for day in self._days if since <= day and (until is None or day < until)
        )
