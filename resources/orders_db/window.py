"""Which rows of a source belong to a day: a condition in the source's own terms, then an exact one.

A source may keep times as timestamps with or without zone, or as ISO text. Its own condition may
let a few rows too many through (around a clock change); the exact one runs on instants.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from recon.errors import SourceContractError
from resources.orders_db.snapshot import Table

CLOCK_CHANGE = timedelta(hours=2)
ANY_OFFSET = timedelta(hours=26)
PAYMENT_TIMES = ("created_at", ("created_at", "updated_at", "paid_at"))
REFUND_TIMES = ("requested_at", ("requested_at", "updated_at", "refunded_at"))
Times = tuple[str, tuple[str, ...]]


def in_source(table: Table, times: Times, begin: datetime, end: datetime, zone: str) -> sa.ColumnElement[bool]:
    """Born before the end, and touched since the beginning."""
    born, touched = times
    if table.sample(born) is None:
        return sa.false()
    since = [
        table.column(name) >= as_stored(table, name, begin, zone, -1)
        for name in touched
        if table.has(name) and table.sample(name) is not None
    ]
    return sa.and_(table.column(born) < as_stored(table, born, end, zone, +1), sa.or_(*since))


def in_canonical(times: Times, begin: datetime, end: datetime) -> pl.Expr:
    """The same, exactly, on canonical rows."""
    born, touched = times
    first, last = (
        begin.astimezone(UTC).replace(tzinfo=None),
        end.astimezone(UTC).replace(tzinfo=None),
    )
    since = pl.any_horizontal((pl.col(name) >= first).fill_null(False) for name in touched)
    return (pl.col(born) < last) & since


def as_stored(table: Table, name: str, instant: datetime, zone: str, widen: int) -> Any:
    """An instant as the source would write it, moved outwards where its clock is not UTC."""
    sample = table.sample(name)
    if isinstance(sample, datetime) and sample.tzinfo is not None:
        return sa.literal(instant.astimezone(UTC), sa.DateTime(timezone=True))
    slack = timedelta(0) if zone == "UTC" else CLOCK_CHANGE
    if isinstance(sample, datetime):
        return sa.literal(_local(instant, zone, widen * slack), sa.DateTime())
    if isinstance(sample, str) and len(sample) > 16:
        compact = "-" not in sample[:8]
        day = "%Y%m%d" if compact else "%Y-%m-%d"
        told = sample.strip()[-6:]
        if told.endswith("Z"):
            zone, slack = "UTC", timedelta(0)
        elif "+" in told or "-" in told:
            slack = ANY_OFFSET
        separator = sample[8 if compact else 10]
        return sa.literal(f"{_local(instant, zone, widen * slack):{day}{separator}%H:%M:%S}", sa.String())
    raise SourceContractError(
        f"{name} is neither a timestamp nor ISO text",
        where=table.where,
        do="Select it as a timestamp, or as YYYY-MM-DD hh:mm:ss",
    )


def _local(instant: datetime, zone: str, moved: timedelta) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + moved
