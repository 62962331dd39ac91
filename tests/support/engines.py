"""The second engine under test: a server that speaks Spark Connect, in this process, and both engines side by side."""

from __future__ import annotations

import importlib
import inspect
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
from _pytest.mark.structures import ParameterSet

from recon.matching.plan import Statement
from resources.engine import InProcess
from resources.engine.spark import SparkEngine, SparkServer
from resources.warehouse import Warehouse, temp_table

TESTS = Path(__file__).parents[1]
LOG = "RUST_LOG"


@contextmanager
def sail() -> Iterator[SparkServer]:
    """Sail, on a free port."""
    before = os.environ.get(LOG)
    os.environ[LOG] = "error"
    try:
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
    finally:
        os.environ.pop(LOG)
        os.environ.update({} if before is None else {LOG: before})
    host, port = server.listening_address
    try:
        yield SparkServer(f"sc://{host}:{port}", wait_seconds=5)
    finally:
        server.stop()


class BothEngines:
    """The relations of DuckDB count, and those of the server must have the same rows."""

    def __init__(self, spark: SparkEngine) -> None:
        self.connection, self._duckdb, self._spark = spark.connection, InProcess(spark.connection), spark
        self.add_views, self.add_table, self.add_rows = spark.add_views, spark.add_table, spark.add_rows

    def run(self, statement: Statement) -> int | None:
        count = self._duckdb.run(statement)
        assert self._spark.run(statement) == count, statement.name
        if count:  # a view shows in the tables that read it
            self._require_same(f"SELECT * FROM {statement.name}", count)
        return count

    def leave_empty(self, statement: Statement) -> None:
        self._duckdb.leave_empty(statement)
        self._spark.leave_empty(statement)

    def rows(self, query: str) -> pl.DataFrame:
        found = self._duckdb.rows(query)
        self._require_same(query, found.height)
        return found

    def hand_over(self, name: str) -> None:
        """It was compared when it was made."""

    def _require_same(self, query: str, count: int) -> None:
        theirs = self._spark.rows(query)
        temp_table(self.connection, "of_server", theirs)
        left = self.connection.execute(f"{query} EXCEPT ALL SELECT * FROM of_server").pl()
        assert (theirs.height, theirs.columns, left.height) == (count, left.columns, 0), f"{query}: {left}"


def both(server: SparkServer) -> Callable[[duckdb.DuckDBPyConnection, Warehouse], AbstractContextManager[BothEngines]]:
    """Opens both engines as one."""

    @contextmanager
    def opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> Iterator[BothEngines]:
        with server.opened(connection, warehouse) as spark:
            yield BothEngines(spark)

    return opened


def with_our_side(
    server: SparkServer,
) -> Callable[[duckdb.DuckDBPyConnection, Warehouse], AbstractContextManager[SparkEngine]]:
    """The server alone; what `tests.support.day` looks into is handed over, too."""

    @contextmanager
    def opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> Iterator[SparkEngine]:
        with server.opened(connection, warehouse) as spark:
            yield spark
            for relation in ("frozen_orders", "frozen_refunds"):
                spark.hand_over(relation)

    return opened


def cases_of_spec() -> dict[str, Callable[..., None]]:
    """The cases of tests/spec that want a history and nothing else, by file, function and number."""
    modules = [importlib.import_module(f"tests.spec.{path.stem}") for path in sorted(TESTS.glob("spec/test_*.py"))]
    return {
        f"{module.__name__.rpartition('.')[2]}::{name}[{number}]": partial(function, **arguments)
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_") and function.__module__ == module.__name__
        for number, arguments in enumerate(_arguments(function))
        if inspect.signature(function).parameters.keys() - arguments.keys() == {"history"}
    }


def _arguments(function: Callable[..., None]) -> Iterator[Mapping[str, object]]:
    """The arguments of each case of a table; none of what is marked `own_day`."""
    marks = getattr(function, "pytestmark", [])
    if any(mark.name == "own_day" for mark in marks):
        return
    tables = [list(_table(*mark.args[:2])) for mark in marks if mark.name == "parametrize"]
    for rows in itertools.product(*tables):
        yield {name: value for row in rows for name, value in row.items()}


def _table(names: str | list[str], rows: list[object]) -> Iterator[dict[str, object]]:
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    for row in rows:
        cells = row.values if isinstance(row, ParameterSet) else row if len(columns) > 1 else [row]
        yield dict(zip(columns, cells, strict=True))  # type: ignore[arg-type]
