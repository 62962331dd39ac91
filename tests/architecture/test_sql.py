"""Every statement is one portable query: it parses, transpiles to Spark and Trino, and its parts are spelled out."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from recon.matching.plan import OUR_SIDE, PROVE, RECONCILE, Statement, sql
from resources.engine.spark_sql import spark_sql
from tests.architecture.relation_types import FILE, derived, played_day
from tests.support.day import DAY

FOLDER = Path(__file__).parents[2] / "recon" / "matching" / "sql"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
BANNED = re.compile(r"GROUP BY ALL|ORDER BY ALL|\bASOF\b|\bQUALIFY\b|\bEXCLUDE\s*\(|\bUNNEST\b|::|\bUSING\s+SAMPLE\b")


@pytest.mark.parametrize("name", NAMES)
def test_it_parses_and_transpiles(name: str) -> None:
    text = sql(name)
    (statement,) = sqlglot.parse(text, read="duckdb")
    assert isinstance(statement, exp.Query)
    sqlglot.parse_one(spark_sql(text), read="spark")
    (written,) = sqlglot.transpile(text, read="duckdb", write="trino", unsupported_level=sqlglot.ErrorLevel.RAISE)
    sqlglot.parse_one(written, read="trino")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_portable_and_whole(name: str) -> None:
    text = sql(name)
    code = re.sub(r"--[^\n]*", "", text)
    assert not BANNED.findall(code.upper())
    assert "{" not in code, "a place that nothing fills"


@pytest.mark.parametrize("name", NAMES)
def test_its_head_says_what_a_row_is_and_what_it_reads(name: str) -> None:
    text = sql(name)
    assert text.startswith("-- One row per "), "the first line of the head says what one row is"
    assert reads_of_head(text) == sorted(inputs_of(text)), "`-- Reads:` names the relations that it reads"


@pytest.mark.parametrize("name", NAMES)
def test_its_head_names_exactly_its_columns(played: duckdb.DuckDBPyConnection, name: str) -> None:
    """One line for each, with its meaning; `relation.*` stands for all columns of that relation."""
    named: list[str] = []
    for column, meaning in columns_of_head(sql(name)):
        assert meaning, f"{column} has no meaning"
        named += columns_of(played, column.removesuffix(".*")) if column.endswith(".*") else [column]
    assert named == columns_of(played, name)


def test_an_alias_is_a_word() -> None:
    """In the files, and in what the modules compose."""
    short = re.compile(r"\bAS (?!id\b|at\b)[a-z]{1,2}\b|\b(?:FROM|JOIN)\s+[\w.]+\s+[a-z]{1,2}\b")
    files = [path for room in ROOMS for ending in ("*.sql", "*.py") for path in (ROOT / room).rglob(ending)]
    found = [(path.name, match.group()) for path in files for match in short.finditer(path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize("name", NAMES)
def test_no_value_is_written_where_a_parameter_belongs(name: str) -> None:
    """Clocks and random numbers would make a rerun differ."""
    code = re.sub(r"--[^\n]*", "", sql(name)).upper()
    assert not re.findall(r"\bNOW\(|\bCURRENT_|\bRANDOM\(|\bTODAY\(|DATE '", code)


ROOT = FOLDER.parents[2]
ROOMS = ("recon", "resources", "views", "assets", "checks", "pipelines")
SQL_BEGINS = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE)\s")


def is_long_sql(node: ast.Constant | ast.JoinedStr) -> bool:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    text = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(text, str) or not SQL_BEGINS.match(text):
        return False
    return "\n" in text or (node.end_lineno or node.lineno) > node.lineno


def test_sql_of_more_than_one_line_is_in_a_file() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and is_long_sql(node)
    ]
    assert not found, "move it to a .sql file and read it by recon.sql_text"


# Where a value is written between quotes, and which; everywhere else it is bound.
QUOTED = {
    "recon/breaks/decision.py": "codes of the decision tables",
    "recon/matching/plan.py": "codes of the catalogue",
    "resources/engine/spark_sql.py": "letters of a format",
    "resources/storage.py": "a day in a view, which takes no parameters",
    "checks/validation.py": "the memory limit, which a setting holds to a pattern",
    "views/workbook.py": "the name of a sheet",
}


def test_no_value_is_written_between_quotes() -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr) and has_quoted_value(node)
    }
    assert found == set(QUOTED)


def has_quoted_value(node: ast.JoinedStr) -> bool:
    return any(
        isinstance(text, ast.Constant) and text.value.endswith("'") and isinstance(value, ast.FormattedValue)
        for text, value in itertools.pairwise(node.values)
    )


def test_each_query_beside_its_module_says_what_a_row_is() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.sql") if path.parent.name != "migrations"]
    queries = [path for path in files if "CREATE TABLE" not in path.read_text("utf-8")]
    silent = [
        path.name for path in queries if not path.read_text("utf-8").startswith(("-- One row", "-- From `parties`"))
    ]
    assert len(queries) > len(NAMES)
    assert not silent


def test_when_an_order_or_refund_counts_is_said_once() -> None:
    """`effective_at` of frozen_orders and frozen_refunds; every other statement reads it from there."""
    moment = re.compile(r"COALESCE\((\w+)\.(paid_at, \1\.created_at|refunded_at, \1\.requested_at)\)")
    assert {name for name in NAMES if moment.search(sql(name))} == {"frozen_orders", "frozen_refunds"}


def test_each_file_is_used() -> None:
    statements = (*OUR_SIDE, *RECONCILE, *PROVE)
    planned = {name for statement in statements for name in (statement.name, statement.facts) if name}
    assert planned <= set(NAMES)
    sources = "".join(path.read_text("utf-8") for folder in ROOMS for path in (ROOT / folder).rglob("*.py"))
    unused = [name for name in NAMES if name not in planned and f'"{name}"' not in sources]
    assert not unused


def test_a_statement_reads_only_what_stands_before_it() -> None:
    """Relations of the day are made in order; everything else is an input laid out before."""
    made: set[str] = set()
    every = {statement.name for statement in (*OUR_SIDE, *RECONCILE, *PROVE)}
    for statement in (*OUR_SIDE, *RECONCILE, *PROVE):
        too_early = ((inputs_of(statement.text) | set(statement.only_with)) & every) - made
        assert not too_early, f"{statement.name} reads {too_early}"
        made.add(statement.name)


def test_the_types_of_what_is_not_computed_are_those_of_the_statements(played: duckdb.DuckDBPyConnection) -> None:
    assert FILE.read_text("utf-8") == derived(played), "run `python -m tests.architecture.relation_types`"


HEAD_LINE = re.compile(r"--   (\S+)(?:  +(\S.*))?")


def reads_of_head(text: str) -> list[str]:
    """The relations after `-- Reads:`, in the order of the head."""
    found = re.search(r"^-- Reads: ((?:[^\n]*,\n--   )*[^\n]*)$", text, re.MULTILINE)
    return [] if found is None else re.split(r",\s*(?:--\s*)?", found.group(1))


def columns_of_head(text: str) -> list[tuple[str, str]]:
    """Name and meaning of each line between `-- Columns:` and the first line of SQL."""
    lines = text.partition("\n-- Columns:\n")[2].splitlines()
    head = itertools.takewhile(lambda line: line.startswith("--"), lines)
    return [(match.group(1), match.group(2) or "") for match in map(HEAD_LINE.fullmatch, head) if match]


def inputs_of(text: str) -> set[str]:
    """The relations that a statement reads, without its own parts."""
    tree = sqlglot.parse_one(text, read="duckdb")
    own = {part.alias for part in tree.find_all(exp.CTE)}
    tables = list(tree.find_all(exp.Table))
    return {
        f"{table.db}.{table.name}" if table.db else table.name for table in tables if table.db or table.name not in own
    }


def columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The columns of a relation of the day, or of a statement that runs elsewhere and spells them out."""
    if name in NAMES:
        spelled = sqlglot.parse_one(sql(name), read="duckdb").named_selects
        if "*" not in spelled:
            return spelled
    return [column for column, *_ in connection.execute(f"DESCRIBE SELECT * FROM {name}").fetchall()]


LOOPS = {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN"}


@pytest.fixture(scope="module")
def played() -> Iterator[duckdb.DuckDBPyConnection]:
    with played_day() as connection:
        yield connection


@pytest.mark.parametrize(
    "statement", [*OUR_SIDE, *RECONCILE, *PROVE, Statement("resolved_outcomes")], ids=lambda each: each.name
)
def test_no_outer_join_compares_every_row_with_every_row(
    played: duckdb.DuckDBPyConnection, statement: Statement
) -> None:
    """DuckDB does so where the ON of an outer join tests one side alone, or says OR. It works until a day is large."""
    bound = {key: DAY for key in ("day", "before") if f"${key}" in statement.text}
    ((_, plan),) = played.execute(f"EXPLAIN (FORMAT json) {statement.text}", bound).fetchall()
    loops = [node["extra_info"] for node in _nodes(json.loads(plan)) if node["name"] in LOOPS]
    assert not [loop for loop in loops if loop["Join Type"] != "INNER"], (
        "write the test into the key: ON b.id = CASE WHEN a.kind = 'X' THEN a.id END"
    )


def _nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in plan:
        yield node
        yield from _nodes(node["children"])
