"""Rows by key, in chunks that every database accepts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa

from recon.orders.canonical import TableRule
from resources.orders_db.frozen import PartFiles
from resources.orders_db.snapshot import Batch, Table

KEYS_AT_ONCE = 900  # Oracle takes 1,000 in one list, SQL Server 2,100 parameters
PREFIXED = ("order_key", "refund_key")


def by_key(table: Table, rule: TableRule, name: str, keys: pl.Series) -> Iterator[Batch]:
    """The rows that have one of the canonical keys; none if the source has no such column."""
    if name == "payment_request_id" and not table.has(name):
        name = "order_key"  # what is sent is the order key, if nothing else is said
    if not table.has(name) or table.sample(name) is None:
        return
    for values in _as_stored(table.sample(name), rule, name, keys):
        yield from table.batches(_stored_key(table, rule, name).in_(values))


def as_stored(table: Table, rule: TableRule, name: str, key: str) -> list[Any]:
    """A canonical key as the source itself spells it, once for each row that has it."""
    if table.sample(name) is None:
        return []
    found = []
    for values in _as_stored(table.sample(name), rule, name, pl.Series([key])):
        found += table.values(name, _stored_key(table, rule, name).in_(values))
    return found


def order_keys_of(refunds: PartFiles) -> pl.Series:
    """The orders that loaded refunds name."""
    return refunds.scan().select(pl.col("order_key").unique()).collect().to_series()


def _stored_key(table: Table, rule: TableRule, name: str) -> sa.ColumnElement[Any]:
    """The column, trimmed if its values are padded: only then an index on it is given up."""
    column, sample = table.column(name), table.sample(name)
    padded = rule.strip and isinstance(sample, str) and sample != sample.strip()
    return sa.func.trim(column) if padded else column


def _as_stored(sample: Any, rule: TableRule, name: str, keys: pl.Series) -> Iterator[list[Any]]:
    stored = keys
    if rule.remove_prefix and name in PREFIXED:
        stored = pl.concat([rule.remove_prefix + keys, keys])
    for start in range(0, len(stored), KEYS_AT_ONCE):
        chunk = stored.slice(start, KEYS_AT_ONCE).to_list()
        if isinstance(sample, (int, Decimal)):
            chunk = [int(key) for key in chunk if key.isdecimal()]
        if chunk:
            yield chunk
