"""The second engine under test, and the cases that both engines play."""

from __future__ import annotations

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import duckdb
from _pytest.mark.structures import ParameterSet

from resources.engine import Engine, OpenEngine
from resources.engine.spark import SparkEngine
from resources.engine.spark_server import SparkServer
from resources.warehouse import Warehouse

TESTS = Path(__file__).parents[1]


def with_our_side(server: SparkServer) -> OpenEngine:
    """The server alone; what `tests.support.day` looks into is handed over, too."""

    @contextmanager
    def opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> Iterator[SparkEngine]:
        with server.opened(connection, warehouse) as spark:
            yield spark
            for relation in ("frozen_orders", "frozen_refunds", "unpaid_orders"):
                spark.hand_over(relation)

    return opened


def from_second_day(first: OpenEngine, then: OpenEngine) -> OpenEngine:
    """One engine for the first day that is played, another one for all after it."""
    days = itertools.chain([first], itertools.repeat(then))

    def opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> AbstractContextManager[Engine]:
        return next(days)(connection, warehouse)

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
        yield dict(zip(columns, cells, strict=True))  # type: ignore[call-overload]
