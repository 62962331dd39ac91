"""One thing that is known of an id, and since when: what the trail of a payment and that of a batch have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from recon.clearing_day import as_of
from recon.money import format_money

Row = dict[str, object]
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
    day = day_in(row["as_of_day"])
    assert day is not None
    return Event(as_of(day, grace), kind, text, day, row)


def amount(minor: object, currency: object) -> str:
    """For a person."""
    if not isinstance(minor, int) or not isinstance(currency, str):
        return "an unknown amount"
    return format_money(minor, currency)


def instant(value: object) -> datetime | None:
    """Of a cell; tables hold UTC without a zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


def day_in(value: object) -> date | None:
    """The day in a cell, if it holds one."""
    return value if isinstance(value, date) else None
