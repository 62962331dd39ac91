"""One order in its own database, looked at and changed inside one transaction.

Every transaction sees the database as it was at its first look: where another session changes the order meanwhile,
PostgreSQL and MariaDB refuse the change (REPEATABLE READ), and SQLite does not let the other one in (BEGIN IMMEDIATE).
So even a statement that does not ask for the status cannot change an order that has left INIT. What is not committed in
so many words is rolled back. Oracle, SQL Server and MySQL are asked for the same; no test covers them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import ConfigurationError
from recon.inquiry.write_back import TIMES
from recon.orders.canonical import canonical
from resources.orders_db.db import payments_rule_of
from resources.orders_db.engine import (
    Cause,
    as_orders_errors,
    cause_of,
    code_of,
    connection_to,
    engine_of,
    family_of,
    quoted,
    statement_limit,
)
from resources.orders_db.lookup import as_stored, by_key
from resources.orders_db.snapshot import Snapshot
from resources.settings.orders import BOUND, OrdersSource, WriteBack

ISOLATION = {
    "postgresql": "REPEATABLE READ",
    "mssql": "SNAPSHOT",
    "oracle": "SERIALIZABLE",
    "mysql": "SERIALIZABLE",
    "mariadb": "REPEATABLE READ",  # with innodb_snapshot_isolation: plain reads then lock nothing
}
FIRST_STATEMENTS = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": ("SET LOCAL TIME ZONE '{zone}'", "SET LOCAL DateStyle TO 'ISO'", "SET LOCAL lock_timeout TO '10s'"),
    "mariadb": (
        "SET time_zone = '+00:00'",
        "SET innodb_lock_wait_timeout = 10",
        "SET innodb_snapshot_isolation = ON",
    ),
    "mysql": ("SET time_zone = '+00:00'", "SET innodb_lock_wait_timeout = 10"),
}
WRONG_STATEMENT = {"42", "3F", "0A"}  # classes of SQLSTATE: syntax, name or right; schema; not supported
WRONG_IN_SQLITE = {"SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_READONLY"}
RACED = {"40001", "40P01", "1020", "1213"}  # somebody else changed the row first, or a deadlock


class RacedError(Exception):
    """Another session changed the order meanwhile; nothing was changed, and a new look will show it."""


class RefusedError(Exception):
    """The database did not take the statement for this order; nothing was changed."""


@dataclass(frozen=True)
class SeenOrder:
    """An order in canonical form, and its key as the source itself spells it."""

    row: Mapping[str, Any]
    stored_key: Any


def look(taken: Snapshot, source: OrdersSource, order_key: str) -> SeenOrder | str:
    """The order as the configured query shows it, or why it cannot be read."""
    table, rule = taken.payments(), payments_rule_of(source)
    found = [canonical(batch(), rule) for batch in by_key(table, rule, "order_key", pl.Series([order_key]))]
    rows = [row for batch in found for row in batch.rows.iter_rows(named=True)]
    if not rows:
        return "the order is not there"
    if len(rows) > 1:
        return "the order is there more than once"
    if any(batch.faults for batch in found):
        return "the order holds a value that cannot be read"
    (stored_key,) = as_stored(table, rule, "order_key", order_key)
    return SeenOrder(rows[0], stored_key)


@contextmanager
def writable(source: OrdersSource, write_back: WriteBack, url: SecretStr) -> Iterator[WritableOrders]:
    """The orders of a source, open for changes under the account that may make them."""
    engine = engine_of(write_back.url_env, url, "rw", source.limits)
    where = f"orders source {source.id}, write_back"
    try:
        with as_orders_errors(where, write_back.url_env, url, source.limits), connection_to(engine) as connection:
            if isolation := ISOLATION.get(family_of(engine.dialect)):
                connection = connection.execution_options(isolation_level=isolation)
            yield WritableOrders(connection, source, write_back, url)
    finally:
        engine.dispose()


class WritableOrders:
    """A connection that may change orders, one transaction after the other."""

    def __init__(self, connection: sa.Connection, source: OrdersSource, described: WriteBack, url: SecretStr) -> None:
        self._connection, self._source, self._described, self._url = connection, source, described, url
        text = sa.text(described.statement)
        self.names = set(BOUND.findall(described.statement))
        times = [sa.bindparam(name, type_=sa.DateTime()) for name in TIMES if name in self.names]
        self._statement = text.bindparams(*times)
        self.where = f"orders source {source.id}, write_back"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Rolled back at its end, unless `commit` was called."""
        try:
            dialect = self._connection.dialect
            first = FIRST_STATEMENTS.get(family_of(dialect), ())
            for statement in (*first, *statement_limit(dialect, self._source.limits)):
                self._connection.exec_driver_sql(statement.format(zone=self._source.naive_timezone))
            yield
        finally:
            self._connection.rollback()

    def commit(self) -> None:
        """What was changed stays."""
        try:
            self._connection.commit()
        except sa.exc.DBAPIError as error:
            if code_of(error) in RACED:
                raise RacedError from None
            raise

    def look(self, order_key: str, as_of: datetime) -> SeenOrder | str:
        """The order within this transaction."""
        taken = Snapshot(self._connection, self._source, as_of.astimezone(UTC), self._url)
        return look(taken, self._source, order_key)

    def change(self, values: Mapping[str, Any]) -> int | None:
        """Runs the statement; how many rows it says it changed, None if it does not say. Instants are aware."""
        bound = {name: self._as_bound(name, value) for name, value in values.items() if name in self.names}
        try:
            result = self._connection.execute(self._statement, bound)
            return _rows_changed(result) if self._described.returns == "row_count" else _returned_number(result)
        except sa.exc.DBAPIError as error:
            if code_of(error) in RACED:
                raise RacedError from None
            if cause_of(error) not in (Cause.STATEMENT, Cause.SILENT) or error.connection_invalidated:
                raise
            if _is_wrong_statement(error):
                raise ConfigurationError(
                    f"the database refused the statement: {quoted(error, self._url)}",
                    where=self.where,
                    do="Correct the statement or the rights of its user",
                ) from None
            raise RefusedError(f"the database refused the statement: {quoted(error, self._url)}") from None

    def _as_bound(self, name: str, value: Any) -> Any:
        """Instants without zone: in the zone of the source, or in UTC where the query has it so, too."""
        if not isinstance(value, datetime):
            return value
        zone = UTC if name == "as_of_utc" else ZoneInfo(self._source.naive_timezone)
        return value.astimezone(zone).replace(tzinfo=None)


def _rows_changed(result: sa.CursorResult[Any]) -> int | None:
    return result.rowcount if result.rowcount >= 0 else None


def _returned_number(result: sa.CursorResult[Any]) -> int | None:
    """The one number that a procedure or a SELECT gives; no row is none changed, several rows are several."""
    rows = result.fetchmany(2) if result.returns_rows else [(None,)]
    if len(rows) != 1:
        return len(rows)
    number = rows[0][0]
    if isinstance(number, bool) or not isinstance(number, (int, Decimal)) or number != int(number):
        return None
    return int(number)


def _is_wrong_statement(error: sa.exc.DBAPIError) -> bool:
    """It would be refused for every order."""
    code = str(getattr(error.orig, "sqlstate", None) or code_of(error))
    if code[:2] in WRONG_STATEMENT or code in WRONG_IN_SQLITE:
        return True
    is_sqlstate = len(code) == 5
    return not is_sqlstate and isinstance(error, sa.exc.ProgrammingError)
