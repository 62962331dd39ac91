"""Which rows of a source belong to a day: a condition in the source's own terms, then an exact one.

A source may keep times as timestamps with or without zone, or as text in any of the ways that are read. Its own
condition may let some rows too many through (around a clock change, or where a text has an offset); the exact one
runs on instants. A row without the time of its birth, or with a text that has not the form of a time, is let through,
for that is a fault to be reported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import ge, lt
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from recon.clearing_day import without_zone
from recon.errors import SourceContractError
from resources.orders_db.snapshot import Table
from resources.orders_db.stored import MYSQL, TEXT_SECONDS, TIME_FORM, Kind, has_offset, time_text

CLOCK_CHANGE = timedelta(hours=2)
ANY_OFFSET = timedelta(hours=26)
AFTER_DIGITS = "A"  # a text that begins so is no time
PAYMENT_TIMES = ("created_at", ("created_at", "updated_at", "paid_at"))
REFUND_TIMES = ("requested_at", ("requested_at", "updated_at", "refunded_at"))
Times = tuple[str, tuple[str, ...]]


def in_source(table: Table, times: Times, begin: datetime, end: datetime, zone: str) -> sa.ColumnElement[bool]:
    """Born before the end, and touched since the beginning; or without the times that would show it."""
    born, touched = times
    there = [name for name in touched if table.has(name)]
    since = [_compared(table, name, ge, begin, zone) for name in there]
    undated = sa.and_(*(table.is_blank(name) for name in there))
    before = sa.or_(_compared(table, born, lt, end, zone), table.is_blank(born))
    return sa.and_(before, sa.or_(*since, undated))


def in_canonical(times: Times, begin: datetime, end: datetime) -> pl.Expr:
    """The same, exactly, on canonical rows."""
    born, touched = times
    first, last = without_zone(begin), without_zone(end)
    since = pl.any_horizontal((pl.col(name) >= first).fill_null(False) for name in touched)
    return (pl.col(born) < last) & since


def _compared(
    table: Table, name: str, compare: Callable[[Any, Any], Any], instant: datetime, zone: str
) -> sa.ColumnElement[bool]:
    """A column against an instant, moved outwards where the clock of a row is not UTC."""
    column, kind = table.column(name), table.kinds[name]
    sign = -1 if compare is ge else +1
    utc, local = (instant.astimezone(ZoneInfo(key)).replace(tzinfo=None) for key in ("UTC", zone))
    near = local if zone == "UTC" else local + sign * CLOCK_CHANGE
    if kind is Kind.INSTANT:
        return compare(column, sa.literal(instant.astimezone(UTC), sa.DateTime(timezone=True)))  # type: ignore[no-any-return]
    if kind is Kind.LOCAL_TIME and table.dialect.name in ("postgresql", *MYSQL):
        return compare(column, sa.literal(near, sa.DateTime()))  # type: ignore[no-any-return]
    if kind is Kind.LOCAL_TIME:  # other drivers do not say whether a column has a zone: either reading is let through
        return compare(column, sa.literal((min if sign < 0 else max)(utc, near), sa.DateTime()))  # type: ignore[no-any-return]
    if not table.is_text(name):
        raise SourceContractError(
            f"{name} is neither a timestamp nor ISO text",
            where=table.where,
            do="Select it as a timestamp, or as YYYY-MM-DD hh:mm:ss",
        )
    text = time_text(table.dialect, column)
    far = utc + sign * ANY_OFFSET
    found = [
        sa.and_(text != "", text.not_like(TIME_FORM)),
        compare(text, f"{near:{TEXT_SECONDS}}"),
        sa.and_(has_offset(table.dialect, column), compare(text, f"{far:{TEXT_SECONDS}}")),
    ]
    return sa.or_(*found) if compare is ge else sa.or_(*found, text >= AFTER_DIGITS)
