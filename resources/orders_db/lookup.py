"""Rows by key, in chunks that every database accepts.

The source's own condition may let other rows through (007 and 7, or another case); those are dropped here, by the
canonical key.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl
import sqlalchemy as sa

from recon.orders.canonical import PREFIXED, TableRule, canonical_ids
from recon.orders.source_values import series_of
from resources.orders_db.frozen import PartFiles
from resources.orders_db.snapshot import Batch, Table
from resources.orders_db.stored import MYSQL, Kind, as_utf8, can_hold

KEYS_AT_ONCE = 900  # Oracle takes 1,000 in one list, SQL Server 2,100 parameters
MOST_BIGINT = 2**63


def by_key(table: Table, rule: TableRule, name: str, keys: pl.Series) -> Iterator[Batch]:
    """The rows that have one of the canonical keys, as the source has them; none if the source has no such column."""
    if name == "payment_request_id" and not table.has(name):
        name = "order_key"  # what is sent is the order key, if nothing else is said
    if not table.has(name):
        return
    size = KEYS_AT_ONCE // 2 if rule.remove_prefix else KEYS_AT_ONCE
    for start in range(0, len(keys), size):
        some = keys.slice(start, size)
        condition = _has_key(table, rule, name, some)
        if name == "payment_request_id" and table.padding(name)[1]:  # an order without it was sent under its own key
            condition |= table.is_blank(name) & _has_key(table, rule, "order_key", some)
        for batch in table.batches(condition):
            yield partial(_exactly, batch, rule, name, some)


def as_stored(table: Table, rule: TableRule, name: str, key: str) -> list[Any]:
    """A canonical key as the source itself spells it, once for each row that has it."""
    found = table.values(name, _has_key(table, rule, name, pl.Series([key])))
    same = canonical_ids(series_of(name, found), rule) == key
    return [value for value, is_same in zip(found, same, strict=True) if is_same]


def _exactly(batch: Batch, rule: TableRule, name: str, keys: pl.Series) -> pl.DataFrame:
    rows = batch()
    found = canonical_ids(rows[name], rule)
    if name == "payment_request_id":
        found = found.zip_with(found.is_not_null(), canonical_ids(rows["order_key"], rule))
    return rows.filter(found.is_in(keys.implode()))


def order_keys_of(refunds: PartFiles) -> pl.Series:
    """The orders that loaded refunds name."""
    return refunds.scan().select(pl.col("order_key").unique()).collect().to_series()


def _has_key(table: Table, rule: TableRule, name: str, keys: pl.Series) -> sa.ColumnElement[bool]:
    """Trimmed only where any row is padded: only then an index on the column is given up."""
    column, kind = table.column(name), table.kinds[name]
    stored = pl.concat([rule.remove_prefix + keys, keys]) if rule.remove_prefix and name in PREFIXED else keys
    texts = [key for key in stored if can_hold(table.dialect, key)]  # with another letter it is in no row
    found: list[sa.ColumnElement[bool]] = []
    if kind is Kind.OTHER:
        found.append(sa.cast(column, sa.Text).in_(texts))
    elif table.is_text(name):
        padded = rule.strip and table.padding(name)[0]
        if not padded and table.dialect.name in MYSQL:  # it does not compare a column with letters that it cannot hold
            found.append(as_utf8(column).in_([key for key in texts if not key.isascii()]))
            texts = [key for key in texts if key.isascii()]
        found.append((table.trimmed(name) if padded else column).in_(texts))
    if not table.is_text(name) or kind is Kind.ANY:
        numbers = [int(key) for key in stored.filter(stored.str.contains(r"^(0|-?[1-9][0-9]{0,37})$"))]
        short = [number for number in numbers if abs(number) < MOST_BIGINT]
        if short:  # as BIGINT: else PostgreSQL takes the type of the first of them
            found.append(sa.type_coerce(column, sa.BigInteger).in_(short))
        if kind is Kind.NUMBER and len(short) < len(numbers):
            found.append(column.in_([Decimal(number) for number in numbers if abs(number) >= MOST_BIGINT]))
    return sa.or_(sa.false(), *found)
