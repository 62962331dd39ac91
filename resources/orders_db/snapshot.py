"""One connection, one read-only transaction: what a database looked like at one moment.

SQLAlchemy Core carries the configured query to any dialect; rows come in batches, as frames.
PostgreSQL and SQLite are tested; Oracle, MySQL and SQL Server are asked for their own snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.sql.elements import quoted_name

from recon.errors import ConfigurationError, OrdersError, SourceContractError
from recon.orders.canonical import RAW_STATUS
from recon.orders.source_values import FLOAT, MONEY, SEPARATOR, series_of, unpacked
from resources.orders_db.engine import engine_of, first_line
from resources.settings.orders import BOUND, OrdersSource, PaymentsQuery, RefundsQuery

FRAME_ROWS = 50_000

ISOLATION = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
}
FIRST_STATEMENTS = {
    "sqlite": ("BEGIN",),
    "postgresql": (
        "SET TRANSACTION READ ONLY",
        "SET LOCAL TIME ZONE 'UTC'",
        "SET LOCAL DateStyle TO 'ISO'",
    ),
    "oracle": ("SET TRANSACTION READ ONLY",),
}


Batch = Callable[[], pl.DataFrame]
Columns = Mapping[str, sa.ColumnElement[Any]]


def _packed_by_sqlite(columns: Columns) -> sa.ColumnElement[str]:
    """A row as one text. SQLite has types by value, so a float is marked where it stands."""
    exact = [
        sa.case((sa.func.typeof(column) == "real", FLOAT), else_=column) if ours in MONEY else column
        for ours, column in columns.items()
    ]
    return sa.func.printf(SEPARATOR.join(["%s"] * len(exact)), *exact)


def _packed_by_postgresql(columns: Columns) -> sa.ColumnElement[str]:
    texts = [sa.func.coalesce(sa.cast(column, sa.Text), "") for column in columns.values()]
    return sa.func.concat_ws(SEPARATOR, *texts)


# One text a row costs a third of what twenty Python objects a row cost; other dialects send values.
PACKED_ROW = {"sqlite": _packed_by_sqlite, "postgresql": _packed_by_postgresql}


@contextmanager
def snapshot(source: OrdersSource, url: SecretStr, as_of: datetime) -> Iterator[Snapshot]:
    """A source as it is now; it cannot be written to, and later commits are not seen."""
    engine = engine_of(source.url_env, url)
    try:
        with engine.connect() as connection:
            isolation = ISOLATION.get(engine.dialect.name)
            if isolation:
                connection = connection.execution_options(isolation_level=isolation)
            for statement in FIRST_STATEMENTS.get(engine.dialect.name, ()):
                connection.exec_driver_sql(statement)
            yield Snapshot(connection, source, as_of)
    except sa.exc.DBAPIError as error:
        raise OrdersError(
            f"the database refused: {first_line(error, url)}",
            where=f"orders source {source.id}",
            do=f"Check the URL in {source.url_env} and the rights of its user",
        ) from None
    finally:
        engine.dispose()


class Snapshot:
    """One source within one transaction."""

    def __init__(self, connection: sa.Connection, source: OrdersSource, as_of: datetime) -> None:
        self._connection, self._source, self._as_of = connection, source, as_of

    def payments(self) -> Table:
        """The payments query."""
        return self._table("payments", self._source.payments)

    def refunds(self) -> Table:
        """The refunds query."""
        return self._table("refunds", self._source.refunds)

    def clock(self) -> datetime | None:
        """What time it is there, if the database tells an instant."""
        told = self._connection.scalar(sa.select(sa.func.current_timestamp()))
        return told if isinstance(told, datetime) and told.tzinfo else None

    def _table(self, name: str, described: PaymentsQuery | RefundsQuery) -> Table:
        return Table(self._connection, f"orders source {self._source.id}, {name}", described, self._as_of)


class Table:
    """A configured query whose columns answer to our names."""

    def __init__(
        self,
        connection: sa.Connection,
        where: str,
        described: PaymentsQuery | RefundsQuery,
        as_of: datetime,
    ) -> None:
        self._connection, self.where = connection, where
        text = sa.text(described.query)
        if "as_of_utc" in BOUND.findall(described.query):
            bound = sa.bindparam("as_of_utc", as_of.replace(tzinfo=None), sa.DateTime())
            text = text.bindparams(bound)
        names = dict(described.columns)
        names |= {f"{RAW_STATUS}{n}": name for n, name in enumerate(described.status.columns)}
        self._columns = self._resolve(text, names)
        self._samples: dict[str, Any] = {}

    def _resolve(self, text: sa.TextClause, names: dict[str, str]) -> dict[str, sa.ColumnElement[Any]]:
        """Our name -> column of the query, whatever the case in which the database spells it."""
        nothing = sa.select(sa.text("*")).select_from(text.columns().subquery("source"))
        result = self._run(nothing.where(sa.text("1 = 0")))
        there = [str(column[0]) for column in result.cursor.description] if result.cursor else []
        result.close()
        found: dict[str, sa.ColumnClause[Any]] = {}
        for ours, name in names.items():
            like = [real for real in there if real == name] or [real for real in there if real.lower() == name.lower()]
            if not like:
                key = "status.from" if ours.startswith(RAW_STATUS) else f"columns.{ours}"
                raise ConfigurationError(
                    f"the query gives no column {name} ({key})",
                    where=self.where,
                    do=f"Its columns are {', '.join(there)}",
                )
            found[ours] = sa.column(quoted_name(like[0], quote=True))
        distinct = {column.name: column for column in found.values()}
        source = text.columns(*distinct.values()).subquery("source")
        return {ours: source.c[column.name] for ours, column in found.items()}

    def has(self, name: str) -> bool:
        """Whether the source has a column for one of our names."""
        return name in self._columns

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """The column that answers to one of our names."""
        return self._columns[name]

    def sample(self, name: str) -> Any:
        """A value of a column as the driver returns it, or None if there is none."""
        if name not in self._samples:
            column = self._columns[name]
            rows = self._run(sa.select(column).where(column.is_not(None)).limit(1))
            self._samples[name] = rows.scalar()
        return self._samples[name]

    def values(self, name: str, condition: sa.ColumnElement[bool]) -> list[Any]:
        """A column of the rows that fulfil a condition, as the driver returns it."""
        return list(self._run(sa.select(self._columns[name]).where(condition)).scalars())

    def latest(self, *names: str) -> pl.DataFrame:
        """The largest value of each column, as one row."""
        row = self._run(sa.select(*(sa.func.max(self._columns[name]) for name in names))).one()
        return pl.DataFrame([self._series(name, [value]) for name, value in zip(names, row, strict=True)])

    def batches(self, condition: sa.ColumnElement[bool]) -> Iterator[Batch]:
        """The rows that fulfil a condition, streamed; each batch makes its frames when asked."""
        packed = PACKED_ROW.get(self._connection.dialect.name)
        if packed:
            for name in MONEY.intersection(self._columns):
                self._series(name, [self.sample(name)])  # a float would look exact in a text
            row = packed(self._columns).label("row")
            result = self._run(sa.select(row).where(condition), stream=True)
            for texts in result.scalars().partitions(FRAME_ROWS):
                yield partial(self._unpacked, texts)
        else:
            columns = [column.label(ours) for ours, column in self._columns.items()]
            result = self._run(sa.select(*columns).where(condition), stream=True)
            for rows in result.partitions(FRAME_ROWS):
                yield partial(self._frame, rows)

    def _frame(self, rows: Sequence[Any]) -> pl.DataFrame:
        values = zip(*rows, strict=True)
        return pl.DataFrame([self._series(n, v) for n, v in zip(self._columns, values, strict=True)])

    def _unpacked(self, texts: Sequence[str]) -> pl.DataFrame:
        try:
            return unpacked(pl.Series(texts, dtype=pl.String), tuple(self._columns))
        except SourceContractError as error:
            raise SourceContractError(error.what, where=self.where, do=error.do) from None

    def _series(self, name: str, values: Any) -> pl.Series:
        try:
            return series_of(name, values)
        except SourceContractError as error:
            raise SourceContractError(error.what, where=self.where, do=error.do) from None

    def _run(self, statement: sa.Select[Any], *, stream: bool = False) -> sa.CursorResult[Any]:
        try:
            return self._connection.execute(
                statement,
                execution_options={"stream_results": stream, "max_row_buffer": FRAME_ROWS},
            )
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
            line = (str(error.orig).strip().splitlines() or [""])[0]
            raise ConfigurationError(
                f"the database refused the query: {line}",
                where=self.where,
                do="Correct query, columns or rights",
            ) from None
