"""One connection, one read-only transaction: what a database looked like at one moment.

SQLAlchemy Core carries the configured query to any dialect; rows come in batches, as frames: from PostgreSQL by COPY,
from SQLite and MariaDB as the bytes of one text a row. Those three are tested; Oracle, MySQL and SQL Server are asked
for their own snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.sql.elements import quoted_name

from recon.errors import ConfigurationError, SourceContractError
from recon.orders.canonical import RAW_STATUS, blank_to_null
from recon.orders.source_values import MONEY, float_refused, series_of, unpacked
from resources.orders_db.copied import can_copy, copied, frame_of
from resources.orders_db.engine import (
    Cause,
    as_orders_errors,
    cause_of,
    connection_to,
    engine_of,
    family_of,
    quoted,
    statement_limit,
    unread_rows_dropped,
)
from resources.orders_db.exact_text import can_pack, packed, texts_of_postgresql
from resources.orders_db.stored import MYSQL, Kind, as_utf8, declared_kind, is_blank, is_padded, time_shape, trimmed
from resources.settings.orders import BOUND, OrdersSource, PaymentsQuery, RefundsQuery

FRAME_ROWS = 50_000

ISOLATION = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
}
EMPTY_IS_NO_NULL = "SET sql_mode = REPLACE(@@sql_mode, 'EMPTY_STRING_IS_NULL', '')"  # a row comes as one text
FIRST_STATEMENTS = {
    "sqlite": ("BEGIN",),
    "postgresql": (
        "SET TRANSACTION READ ONLY",
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL DateStyle TO 'ISO'",
    ),
    "oracle": ("SET TRANSACTION READ ONLY",),
    **dict.fromkeys(
        MYSQL, ("SET time_zone = '+00:00'", EMPTY_IS_NO_NULL, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    ),
}


Batch = Callable[[], pl.DataFrame]


@contextmanager
def snapshot(source: OrdersSource, url: SecretStr, as_of: datetime) -> Iterator[Snapshot]:
    """A source as it is now; it cannot be written to, and later commits are not seen."""
    engine = engine_of(source.url_env, url, limits=source.limits)
    try:
        with (
            as_orders_errors(f"orders source {source.id}", source.url_env, url, source.limits),
            connection_to(engine) as connection,
        ):
            isolation = ISOLATION.get(engine.dialect.name)
            if isolation:
                connection = connection.execution_options(isolation_level=isolation)
            first = FIRST_STATEMENTS.get(family_of(engine.dialect), ())
            for statement in (*first, *statement_limit(engine.dialect, source.limits)):
                connection.exec_driver_sql(statement)
            with unread_rows_dropped(connection):
                yield Snapshot(connection, source, as_of, url)
    finally:
        engine.dispose()


class Snapshot:
    """One source within one transaction."""

    def __init__(self, connection: sa.Connection, source: OrdersSource, as_of: datetime, url: SecretStr) -> None:
        self._connection, self._source, self._as_of, self._url = connection, source, as_of, url

    def payments(self) -> Table:
        """The payments query."""
        return self._table("payments", self._source.payments)

    def refunds(self) -> Table:
        """The refunds query."""
        return self._table("refunds", self._source.refunds)

    def clock(self) -> datetime | None:
        """What time it is there, if the database returns an instant."""
        answered = self._connection.scalar(sa.select(sa.func.current_timestamp()))
        if not isinstance(answered, datetime):
            return None
        if self._connection.dialect.name in MYSQL:  # the session is in UTC
            return answered.replace(tzinfo=UTC)
        return answered if answered.tzinfo else None

    def _table(self, name: str, described: PaymentsQuery | RefundsQuery) -> Table:
        where = f"orders source {self._source.id}, {name}"
        return Table(self._connection, where, described, self._as_of, self._url)


class Table:
    """A configured query whose columns answer to our names."""

    def __init__(
        self,
        connection: sa.Connection,
        where: str,
        described: PaymentsQuery | RefundsQuery,
        as_of: datetime,
        url: SecretStr,
    ) -> None:
        self._connection, self.where, self._url = connection, where, url
        text = sa.text(described.query)
        if "as_of_utc" in BOUND.findall(described.query):
            bound = sa.bindparam("as_of_utc", as_of.replace(tzinfo=None), sa.DateTime())
            text = text.bindparams(bound)
        names = dict(described.columns)
        names |= {f"{RAW_STATUS}{n}": name for n, name in enumerate(described.status.columns)}
        self.kinds: dict[str, Kind] = {}
        self._columns = self._resolve(text, names)
        self._padding: dict[str, tuple[bool, bool]] = {}

    def _resolve(self, text: sa.TextClause, names: dict[str, str]) -> dict[str, sa.ColumnElement[Any]]:
        """Our name -> column of the query, whatever the case in which the database spells it."""
        nothing = sa.select(sa.text("*")).select_from(text.columns().subquery("source"))
        result = self._run(nothing.where(sa.text("1 = 0")))
        codes = {str(column[0]): column[1] for column in result.cursor.description} if result.cursor else {}
        there = list(codes)
        result.close()
        found: dict[str, sa.ColumnClause[Any]] = {}
        missing: list[str] = []
        for ours, name in names.items():
            like = [real for real in there if real == name] or [real for real in there if real.lower() == name.lower()]
            if not like:
                missing.append(f"{name} ({'status.from' if ours.startswith(RAW_STATUS) else f'columns.{ours}'})")
                continue
            found[ours] = sa.column(quoted_name(like[0], quote=True))
            self.kinds[ours] = declared_kind(self.dialect, codes[like[0]])
        if missing:
            raise ConfigurationError(
                f"the query gives no column {', '.join(missing)}",
                where=self.where,
                do=f"Its columns are {', '.join(there)}",
            )
        distinct = {column.name: column for column in found.values()}
        source = text.columns(*distinct.values()).subquery("source")
        return {ours: self._readable(ours, source.c[column.name]) for ours, column in found.items()}

    def _readable(self, ours: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Bytes of PostgreSQL as the text that they are in UTF-8; it refuses others."""
        if self.kinds[ours] is not Kind.BYTES:
            return column
        self.kinds[ours] = Kind.TEXT
        return sa.func.convert_from(column, "UTF8", type_=sa.String)

    def has(self, name: str) -> bool:
        """Whether the source has a column for one of our names."""
        return name in self._columns

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The column that answers to one of our names."""
        return self._columns[name]

    @property
    def dialect(self) -> sa.Dialect:
        """Of the database."""
        return self._connection.dialect

    def is_text(self, name: str) -> bool:
        """Whether a column can hold text."""
        return self.kinds[name] in (Kind.ANY, Kind.TEXT)

    def trimmed(self, name: str) -> sa.ColumnElement[Any]:
        """A column without the white space at its ends."""
        return trimmed(self.dialect, self._columns[name])

    def is_blank(self, name: str) -> sa.ColumnElement[bool]:
        """Whether a row has no value in a column."""
        return is_blank(self.dialect, self._columns[name], self.kinds[name])

    def padding(self, name: str) -> tuple[bool, bool]:
        """Whether any row at all has white space around a value of a column; whether any has no value there."""
        if name not in self._padding:
            padded = is_padded(self.dialect, self._columns[name]) if self.is_text(name) else sa.false()
            some = [sa.func.max(sa.case((condition, 1), else_=0)) for condition in (padded, self.is_blank(name))]
            row = tuple(self._run(sa.select(*some)).one())
            self._padding[name] = (bool(row[0]), bool(row[-1]))
        return self._padding[name]

    def values(self, name: str, condition: sa.ColumnElement[bool]) -> list[Any]:
        """A column of the rows that fulfil a condition, as the driver returns it."""
        return list(self._run(sa.select(self._columns[name]).where(condition)).scalars())

    def latest(self, name: str) -> pl.Series:
        """The largest values of a column of times: one, or the largest text of each shape."""
        column = self._columns[name]
        if self.is_text(name):
            text = as_utf8(column) if self.dialect.name in MYSQL else column
            query = sa.select(sa.func.max(text)).where(column.is_not(None)).group_by(*time_shape(self.dialect, column))
        elif self.dialect.name == "postgresql":  # as text: infinity is no value of Python
            query = sa.select(sa.cast(sa.func.max(column), sa.Text))
        elif self.dialect.name in MYSQL and self.kinds[name] is Kind.INSTANT:
            query = sa.select(sa.func.concat(sa.func.max(column), "Z"))
        else:
            query = sa.select(sa.func.max(column))
        values = self._series(name, list(self._run(query).scalars()))
        return blank_to_null(values) if values.dtype == pl.String else values

    def batches(self, condition: sa.ColumnElement[bool]) -> Iterator[Batch]:
        """The rows that fulfil a condition, streamed; each batch makes its frames when asked."""
        for name in MONEY.intersection(self._columns):
            if self.kinds[name] in (Kind.DOUBLE, Kind.SINGLE):
                with self._named():
                    raise float_refused(name)
        if can_copy(self.dialect):
            yield from self._copied(condition)
        elif can_pack(self.dialect):
            row = packed(self.dialect, self._columns, self.kinds).label("row")
            result = self._run(sa.select(row).where(condition), stream=True)
            for texts in result.scalars().partitions(FRAME_ROWS):
                yield partial(self._unpacked, texts)
        else:
            columns = [column.label(ours) for ours, column in self._columns.items()]
            result = self._run(sa.select(*columns).where(condition), stream=True)
            for rows in result.partitions(FRAME_ROWS):
                yield partial(self._frame, rows)

    def _copied(self, condition: sa.ColumnElement[bool]) -> Iterator[Batch]:
        texts = texts_of_postgresql(self._columns, self.kinds)
        with self._refused(), copied(self._connection, sa.select(*texts).where(condition), FRAME_ROWS) as batches:
            for lines in batches:
                yield partial(self._parsed, lines)

    def _parsed(self, lines: Sequence[bytes]) -> pl.DataFrame:
        with self._named():
            return frame_of(lines, tuple(self._columns))

    def _frame(self, rows: Sequence[Any]) -> pl.DataFrame:
        values = zip(*rows, strict=True)
        return pl.DataFrame([self._series(n, v) for n, v in zip(self._columns, values, strict=True)])

    def _unpacked(self, rows: Sequence[bytes]) -> pl.DataFrame:
        with self._named():
            return unpacked(pl.Series(rows), tuple(self._columns))

    def _series(self, name: str, values: Any) -> pl.Series:
        with self._named():
            return series_of(name, values)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """A fault of a value names the query."""
        try:
            yield
        except SourceContractError as error:
            raise SourceContractError(error.what, where=self.where, do=error.do) from None

    def _run(self, statement: sa.Select[Any], *, stream: bool = False) -> sa.CursorResult[Any]:
        with self._refused():
            return self._connection.execute(
                statement,
                execution_options={"stream_results": stream, "max_row_buffer": FRAME_ROWS},
            )

    @contextmanager
    def _refused(self) -> Iterator[None]:
        """What the database says against the query itself."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            if cause_of(error) is not Cause.STATEMENT:
                raise
            raise ConfigurationError(
                f"the database refused the query: {quoted(error, self._url)}",
                where=self.where,
                do="Correct query, columns or rights",
            ) from None
