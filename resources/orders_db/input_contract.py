"""What a source must fulfil before anything is matched: one clear line, or the run goes on.

A stale or half-mapped source would give thousands of false breaks; it is better to stop.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from recon.clearing_day import clearing_time
from recon.errors import SourceContractError, StaleSourceError
from recon.listing import counted
from recon.orders.canonical import LONGEST_EXAMPLE, TableRule, shown_values
from recon.orders.source_times import to_utc
from resources.orders_db.frozen import PartFiles, Read
from resources.orders_db.snapshot import Table
from resources.settings.orders import OrdersSource, PaymentsQuery, RefundsQuery

AHEAD = timedelta(minutes=14)  # a fast clock of a host; zones are a quarter of an hour apart, or more
SHOWN = 3


def newest(table: Table, rule: TableRule, *names: str) -> dict[str, datetime | None]:
    """The largest value of some times of a table, as instants."""
    found: dict[str, datetime | None] = {}
    for name in names:
        raw = table.latest(name)
        instants, _ = to_utc(raw, rule.zone)
        if instants.null_count() > raw.null_count():
            strange = raw.filter(instants.is_null() & raw.is_not_null()).cast(pl.String).str.head(LONGEST_EXAMPLE)
            raise SourceContractError(
                f"{name} holds no readable time: {strange.min()!r}",
                where=table.where,
                do="Correct columns, or select such values as null",
            )
        value = instants.max()
        found[name] = value.replace(tzinfo=UTC) if isinstance(value, datetime) else None
    return found


def check_fresh(source: OrdersSource, created: datetime | None, updated: datetime | None, day_end: datetime) -> None:
    """The last change must be later than the end of the day, else a replica lags behind."""
    where = f"orders source {source.id}"
    if updated is None:
        is_empty = created is None
        raise SourceContractError(
            "is empty: it has no row at all" if is_empty else "no row has a time of its last change (updated_at)",
            where=where,
            do="Check the query and its conditions" if is_empty else "Correct updated_at under columns",
        )
    if updated <= day_end - timedelta(minutes=source.quiet_minutes):
        raise StaleSourceError(
            f"its last change is of {clearing_time(updated)}, but the clearing day goes on until"
            f" {clearing_time(day_end)}",
            where=where,
            do="Let the replica catch up, or set quiet_minutes if there were no sales since",
        )


def check_not_ahead(source: OrdersSource, word: str, newest: datetime | None, now: datetime) -> None:
    """A time from the future (`word`: "created" or "changed") says that the zone is wrong; with it a stale source looks
    fresh.
    """
    if newest is not None and newest > now + AHEAD:
        raise SourceContractError(
            f"has rows {word} at {clearing_time(newest)}, which is in the future",
            where=f"orders source {source.id}",
            do=f"Check naive_timezone (now {source.naive_timezone}) and the clock of the database",
        )


def check_rows(where: str, described: PaymentsQuery | RefundsQuery, read: Read, unmapped_share: float) -> None:
    """Every value exact, not empty, nearly every status known. A row whose time cannot be read is in no window."""
    for (column, what), count in sorted(read.faults.items()):
        own_name = described.columns.get(column)
        raise SourceContractError(
            f"{column} {what} in {counted(count, 'row')}"
            + (f" (column {own_name})" if own_name else "")
            + shown_values(read.examples.get((column, what), ())),
            where=where,
            do="Correct the rows, or the units, the zone and the columns in the configuration",
        )
    if read.window_rows == 0 and not described.may_be_empty:
        raise SourceContractError(
            "no rows in the window of this day",
            where=where,
            do="Check the query, or set may_be_empty = true if that is normal",
        )
    if read.window_unmapped > unmapped_share * read.window_rows:
        often = sorted(read.unmapped.items(), key=lambda item: (-item[1], item[0]))
        examples = ", ".join(repr(raw) for raw, _ in often[:SHOWN])
        raise SourceContractError(
            f"a status that is not mapped in {read.window_unmapped} of {counted(read.window_rows, 'row')}"
            f" ({examples}), more than the tolerated share of {unmapped_share:.2%}",
            where=where,
            do="Add these statuses to status.map, and a word of another column to the map of that column",
        )


def check_unique(name: str, tables: list[PartFiles]) -> None:
    """A key that two rows share, in one source or in two, would match twice."""
    keys = pl.concat([table.scan().select(name) for table in tables]).drop_nulls()
    hashes = keys.select(pl.col(name).hash()).collect(engine="streaming").to_series()
    if hashes.n_unique() < len(hashes):  # else no key is repeated: the keys themselves take five times the memory
        there = keys.collect(engine="streaming").to_series()
        check_repeated(name, there.filter(~there.is_first_distinct()))


def check_repeated(name: str, repeated: pl.Series) -> None:
    """No repeated key. `repeated`: the key of each row that repeats another one."""
    if len(repeated):
        examples = repeated.unique().sort().head(SHOWN).str.head(LONGEST_EXAMPLE)
        raise SourceContractError(
            f"{name} is not unique: repeated in {counted(len(repeated), 'row')}{shown_values(tuple(examples))}",
            where="orders",
            do="Check for joins that multiply rows, or for two sources that hold the same orders",
        )
