"""The values of a row as text, made within the database: exact, or a sign that a float has lost something.

SQLite and MariaDB send a row as the bytes of one text: that costs a third of what twenty Python objects a row cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import sqlalchemy as sa

from recon.orders import INSTANT, PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.orders.source_values import EXACT_BELOW, FLOAT, MONEY, SEPARATOR
from resources.orders_db.stored import MYSQL, Column, Kind, as_utf8

Columns = Mapping[str, Column]
Kinds = Mapping[str, Kind]
TIMES = frozenset(
    name for schema in (PAYMENT_SCHEMA, REFUND_SCHEMA) for name, kind in schema.items() if kind == INSTANT
)
EXACT_BELOW_SINGLE = 2**24  # as EXACT_BELOW, in a float of 32 bits


def can_pack(dialect: sa.Dialect) -> bool:
    """Whether a row can come as one text."""
    return dialect.name in {"sqlite", *MYSQL}


def packed(dialect: sa.Dialect, columns: Columns, kinds: Kinds) -> Column:
    """A row as the bytes of one text in UTF-8, with a separator between its values."""
    return _packed_by_sqlite(columns) if dialect.name == "sqlite" else _packed_by_mariadb(columns, kinds)


def texts_of_postgresql(columns: Columns, kinds: Kinds) -> list[Column]:
    """A row as columns of text."""

    def whole(number: Column) -> Column:
        return sa.func.trunc(sa.cast(number, sa.Numeric))  # of a BIGINT it would be a float

    return [_exact(ours, column, kinds[ours], whole).label(ours) for ours, column in columns.items()]


def _packed_by_sqlite(columns: Columns) -> Column:
    """SQLite has types by value, so a float is seen where it is. Bytes are joined as they are: its printf would end a
    value at a NUL.
    """

    def exact(ours: str, column: Column) -> Column:
        if ours in TIMES:
            return column
        number = sa.literal(FLOAT) if ours in MONEY else _whole_or_refused(column)
        return sa.case((sa.func.typeof(column) == "real", number), else_=column)

    texts = [sa.func.coalesce(exact(ours, column), "", type_=sa.String) for ours, column in columns.items()]
    return _as_bytes(reduce(lambda row, text: row.concat(SEPARATOR).concat(text), texts))


def _packed_by_mariadb(columns: Columns, kinds: Kinds) -> Column:
    texts = [sa.func.coalesce(_exact_in_mariadb(ours, column, kinds[ours]), "") for ours, column in columns.items()]
    return _as_bytes(sa.func.concat_ws(SEPARATOR, *texts))


def _as_bytes(row: Column) -> Column:
    return sa.type_coerce(sa.cast(row, sa.LargeBinary), sa.types.NullType())  # no call of Python for each row


def _exact_in_mariadb(ours: str, column: Column, kind: Kind) -> Column:
    """The session is in UTC, and so is what it shows of a TIMESTAMP."""
    if kind is Kind.TEXT:  # bytes stay as they are; whether they are UTF-8 is seen later
        return sa.case((sa.func.charset(column) == "binary", column), else_=sa.cast(as_utf8(column), sa.LargeBinary))
    if kind is Kind.INSTANT:
        return sa.func.concat(column, "Z")
    return _exact(ours, column, kind, lambda number: sa.func.truncate(number, 0))


def _exact(ours: str, column: Column, kind: Kind, whole: Callable[[Column], Column]) -> Column:
    """As text, floats and decimals as the declared type asks for."""
    text = sa.cast(column, sa.Text)
    if ours in MONEY or kind not in (Kind.NUMBER, Kind.DOUBLE, Kind.SINGLE):
        return text
    missing = (column.is_(None), sa.null())
    if kind is Kind.NUMBER:  # 77.00 is the id 77
        return sa.case(missing, (column == whole(column), sa.cast(whole(column), sa.Text)), else_=text)
    below = EXACT_BELOW if kind is Kind.DOUBLE else EXACT_BELOW_SINGLE
    return sa.case(missing, else_=_whole_or_refused(column, below))


def _whole_or_refused(column: Column, below: int = EXACT_BELOW) -> Column:
    """A floating-point number as a whole number, or the sign that it is none."""
    number = sa.cast(column, sa.BigInteger)
    is_exact = sa.and_(sa.func.abs(column) < below, column == sa.func.round(column))
    return sa.case((is_exact, sa.cast(number, sa.Text)), else_=FLOAT)
