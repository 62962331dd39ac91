"""One thing that is known of an id, and since when: what the trail of a payment and that of a batch have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recon.clearing_day import as_of
from recon.money import format_money

Row = dict[str, Any]
START = datetime.min.replace(tzinfo=UTC)  # of a line without a time
_ORDER = (
    *("order", "refund", "file", "report", "quarantine", "orders", "inquiry", "stored"),
    *("batch", "settlement", "edge", "outcome", "break", "movement", "decision", "revision"),
)


@dataclass(frozen=True)
class Event:
    """One thing that is known, and since when; `day` is the clearing day whose run knew it."""

    at: datetime
    kind: str
    text: str
    day: date | None = None
    facts: Row = field(default_factory=dict)

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """Time first; at one instant what happened comes before what was concluded."""
        return self.at, _ORDER.index(self.kind), self.text


def of_day(kind: str, row: Row, text: str, grace: timedelta) -> Event:
    """What the run of a day knew, at the instant for which it is made."""
    return Event(as_of(row["as_of_day"], grace), kind, text, row["as_of_day"], row)


def place(row: Row) -> str:
    """The line of a report file, and whether another version of the file counts."""
    superseded = "" if row["is_current"] else ", superseded"
    return f"{row['file_name']} version {row['version']}{superseded}, line {row['line_number']}"


def amount(minor: int | None, currency: str | None) -> str:
    """For a person."""
    return "an unknown amount" if minor is None or currency is None else format_money(minor, currency)


def instant(value: object) -> datetime | None:
    """Of a cell; tables hold UTC without a zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None
