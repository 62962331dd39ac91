"""What each key deserves on each day, as the scenarios declare it when they are played.

What Alipay+ would answer about it is added at the end, from its own books: see `answers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, get_type_hints

import polars as pl

from sandbox.ogloba_rows import Redemption, Void

ONE_DAY = timedelta(days=1)
NOTHING = "-"
NOT_REPORTED = "T01 T01 P07"  # an order that no report brings; it is a break when two more cycles are closed


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


class Struck(NamedTuple):
    """What a fault struck, by the key of its break."""

    family: str
    key_kind: str
    key: str
    amount_minor: int
    currency: str


DECLARED_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    name: {date: pl.Date, int: pl.Int64}.get(kind, pl.String) for name, kind in get_type_hints(Deserved).items()
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

    def declare(self, row: Redemption | Void | Struck, codes: str, day: date) -> None:
        """`codes`: what the row is on a day, on the next day, and so on; the last one lasts, NOTHING is no break."""
        struck = row if isinstance(row, Struck) else _struck(row)
        words = codes.split()
        for each in self._days:
            code = words[min((each - day).days, len(words) - 1)] if each >= day else NOTHING
            if code != NOTHING:
                family, key_kind, key, amount, currency = struck
                self._rows.append(Deserved(each, family, key_kind, key, code, amount, currency, self.scenario))

    def add(self, rows: Iterable[Deserved]) -> None:
        """What is known already, line by line."""
        self._rows.extend(rows)

    def table(self) -> pl.DataFrame:
        """Sorted, one line per key and day."""
        table = pl.DataFrame(self._rows, schema=DECLARED_SCHEMA, orient="row")
        return table.sort("as_of_day", "family", "key_kind", "key", "break_code")


def all_refunds_of(row: Redemption) -> Struck:
    """The refunds of an order taken together."""
    return Struck("R", "order", row.ref_no, row.amt, row.cur)


def _struck(row: Redemption | Void) -> Struck:
    if isinstance(row, Void):
        return Struck("R", "refund", row.void_no, row.amt, row.cur)
    return Struck("P", "order", row.ref_no, row.amt, row.cur)
