"""Every statement is one portable query: it parses, transpiles to Spark and Trino, and its parts are spelled out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from recon.matching.plan import OUR_SIDE, PROVE, RECONCILE, sql
from tests.support.day import DAY, History, memory_warehouse

FOLDER = Path(__file__).parents[2] / "recon" / "matching" / "sql"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
BANNED = re.compile(r"GROUP BY ALL|ORDER BY ALL|\bASOF\b|\bQUALIFY\b|\bEXCLUDE\s*\(|\bUNNEST\b|::|\bUSING\s+SAMPLE\b")


@pytest.mark.parametrize("name", NAMES)
def test_it_parses_and_transpiles(name: str) -> None:
    text = sql(name)
    (statement,) = sqlglot.parse(text, read="duckdb")
    assert isinstance(statement, exp.Query)
    for dialect in ("spark", "trino"):
        (written,) = sqlglot.transpile(text, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        sqlglot.parse_one(written, read=dialect)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_portable_and_explained(name: str) -> None:
    text = sql(name)
    code = re.sub(r"--[^\n]*", "", text)
    assert not BANNED.findall(code.upper())
    assert "{" not in code, "a place that nothing fills"
    assert text.startswith("-- "), "the first line says what the relation is"


@pytest.mark.parametrize("name", NAMES)
def test_no_value_is_written_where_a_parameter_belongs(name: str) -> None:
    """Clocks and random numbers would make a rerun differ."""
    code = re.sub(r"--[^\n]*", "", sql(name)).upper()
    assert not re.findall(r"\bNOW\(|\bCURRENT_|\bRANDOM\(|\bTODAY\(|DATE '", code)


def test_each_file_is_used() -> None:
    planned = {statement.name for statement in (*OUR_SIDE, *RECONCILE, *PROVE)}
    assert planned <= set(NAMES)
    sources = "".join(
        path.read_text("utf-8")
        for folder in ("recon", "resources", "views", "assets", "checks", "pipelines")
        for path in (FOLDER.parents[2] / folder).rglob("*.py")
    )
    unused = [name for name in NAMES if name not in planned and f'"{name}"' not in sources]
    assert not unused


def test_a_statement_reads_only_what_stands_before_it() -> None:
    """Relations of the day are made in order; everything else is an input laid out before."""
    made: set[str] = set()
    every = {statement.name for statement in (*OUR_SIDE, *RECONCILE, *PROVE)}
    for statement in (*OUR_SIDE, *RECONCILE, *PROVE):
        tree = sqlglot.parse_one(sql(statement.name), read="duckdb")
        own = {part.alias for part in tree.find_all(exp.CTE)}
        read = {table.name for table in tree.find_all(exp.Table)} - own
        too_early = (read & every) - made
        assert not too_early, f"{statement.name} reads {too_early}"
        made.add(statement.name)


LOOPS = {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN"}


@pytest.fixture(scope="module")
def played() -> Iterator[duckdb.DuckDBPyConnection]:
    """The relations of a day, with something on every side."""
    with memory_warehouse() as warehouse:
        history = History(warehouse)
        history.play(
            orders="order\nA\nB",
            refunds="refund | order\nV | A",
            report="type | request | original\nPAYMENT | A | \nREFUND | V | A\nPAYMENT | X | ",
            charged="request | fee\nA | 0.01 EUR",
        )
        with warehouse.connect() as connection:
            history.rerun(DAY, connection)
            connection.execute("CREATE TEMP VIEW opening_frame AS SELECT * FROM breaks.items")
            yield connection


@pytest.mark.parametrize("name", [*(each.name for each in (*OUR_SIDE, *RECONCILE, *PROVE)), "resolved_outcomes"])
def test_no_outer_join_compares_every_row_with_every_row(played: duckdb.DuckDBPyConnection, name: str) -> None:
    """DuckDB does so where the ON of an outer join tests one side alone, or says OR. It works until a day is large."""
    bound = {key: DAY for key in ("day", "before") if f"${key}" in sql(name)}
    ((_, plan),) = played.execute(f"EXPLAIN (FORMAT json) {sql(name)}", bound).fetchall()
    loops = [node["extra_info"] for node in _nodes(json.loads(plan)) if node["name"] in LOOPS]
    assert not [loop for loop in loops if loop["Join Type"] != "INNER"], (
        "write the test into the key: ON b.id = CASE WHEN a.kind = 'X' THEN a.id END"
    )


def _nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plan:
        yield node
        yield from _nodes(node["children"])
