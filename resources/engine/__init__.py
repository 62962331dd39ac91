"""Where the statements of the match run: in DuckDB, in this process, or on a server that speaks Spark Connect.

Both are given the same inputs and the same statements (`recon.matching`), and hand over the same relations. An engine
is open for the match of one day. What is kept of the day is always kept by the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import duckdb
import polars as pl

from recon.matching.plan import Statement
from recon.matching.relation_types import no_rows
from resources.engine.spark_server import server_of
from resources.settings import Settings
from resources.settings.engine import EngineKind
from resources.warehouse import Warehouse, create_views, temp_table


class Engine:
    """DuckDB, on the connection of the warehouse; what the match asks of any engine.

    Names are those of relations; EngineError if another engine does not do what it is asked.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """`connection`: of the warehouse. All inputs are in it, whatever the engine."""
        self.connection = connection

    def add_views(self, relations: Mapping[str, str]) -> None:
        """Inputs over Parquet files, as expressions of DuckDB's SQL (`parquet_relation`)."""
        create_views(self.connection, relations)

    def add_table(self, name: str, query: str, values: Mapping[str, object]) -> None:
        """An input from the tables of the warehouse: a query of DuckDB, and the values that are bound in it."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", dict(values))

    def add_rows(self, name: str, frame: pl.DataFrame) -> None:
        """A small input."""
        temp_table(self.connection, name, frame)

    def run(self, statement: Statement) -> int | None:
        """Makes a relation; returns the number of its rows, None if it is a view."""
        return self._create(statement, statement.text)

    def leave_empty(self, statement: Statement) -> None:
        """Makes a relation without rows; its statement is not run."""
        self._create(statement, no_rows(statement.name))

    def rows(self, query: str) -> pl.DataFrame:
        """The rows of a portable query."""
        return self.connection.execute(query).pl()

    def hand_over(self, name: str) -> None:
        """From now on a relation is in the warehouse, too, as a temporary table or view of `connection`."""

    def _create(self, statement: Statement, query: str) -> int | None:
        kind = "TABLE" if statement.is_table else "VIEW"
        made = self.connection.execute(f"CREATE OR REPLACE TEMP {kind} {statement.name} AS {query}").fetchone()
        return int(made[0]) if made else None


OpenEngine = Callable[[duckdb.DuckDBPyConnection, Warehouse], AbstractContextManager[Engine]]


def in_process(connection: duckdb.DuckDBPyConnection, _: Warehouse) -> AbstractContextManager[Engine]:
    """Opens the engine that needs nothing else."""
    return nullcontext(Engine(connection))


def engine_of(settings: Settings) -> OpenEngine:
    """How the configured engine is opened."""
    return in_process if settings.engine.kind is EngineKind.DUCKDB else server_of(settings).opened
