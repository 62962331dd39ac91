"""A statement that names the relations it needs a row of: without one it has no row, whatever else is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest

from recon.matching.plan import OUR_SIDE, RECONCILE, Statement
from tests.architecture.test_sql import inputs_of
from tests.support.contract import CONTRACT
from tests.support.day import DAY, History, memory_warehouse

PLAN = (*OUR_SIDE, *RECONCILE)
NEEDY = [statement for statement in PLAN if statement.only_with]
# Ids that fees are looked for by: without fees there are some, and no outcome of them.
READ_BY_ALONE = {"fee_wanted": next(statement for statement in PLAN if statement.name == "fee_outcomes")}
ORDERS = """
    order | pay     | confirm       | transaction | amount
    A     | SUCCESS | CONFIRMED     |             | 10.00 EUR
    B     | INIT    | NOT_CONFIRMED |             | 10.00 EUR
    C     | SUCCESS | NOT_CONFIRMED |             | 20.00 EUR
    D     | SUCCESS | CONFIRMED     | T1          | 30.00 EUR
    E     | SUCCESS | CONFIRMED     |             | 10.00 EUR
    G     | SUCCESS | NOT_CONFIRMED |             | 50.00 EUR
"""
REPORT = """
    type    | request | original | amount
    PAYMENT | A       |          | 10.00 EUR
    PAYMENT | A       |          | 10.00 EUR
    PAYMENT | B       |          | 10.00 EUR
    PAYMENT | G       |          | 50.00 EUR
    PAYMENT | X       |          | 70.00 EUR
    REFUND  | V       | A        | 10.00 EUR
    REFUND  | W       | X        | 5.00 EUR
"""
REPORT_OF_NEXT_DAY = """
    type    | request | transaction | original | amount
    PAYMENT | C       |             |          | 20.00 EUR
    PAYMENT | Y       | T1          |          | 30.00 EUR
    PAYMENT | H       |             |          | 10.00 EUR
    REFUND  | U       |             | E        | 9.00 EUR
    REFUND  | W2      |             | A        | 10.00 EUR
"""
CHARGED = "request | fee\nA | 0.08 EUR\nB | 0.50 EUR\nZ | 0.10 EUR"


@pytest.fixture(scope="module")
def second_day() -> Iterator[duckdb.DuckDBPyConnection]:
    """The relations of a day on which something of everything came, and before which something was open."""
    with memory_warehouse() as warehouse:
        history = History(warehouse, fees=CONTRACT)
        history.play(orders=ORDERS, refunds="refund | order\nV | A\nU | E", report=REPORT, charged=CHARGED)
        del history.orders["G"]
        history.play(
            1,
            orders="order | amount\nH | 10.00 EUR\nI | 10.00 EUR",
            refunds="refund | order\nW2 | A\nU2 | I",
            report=REPORT_OF_NEXT_DAY,
            charged="request | fee\nC | 0.16 EUR\nE | 0.08 EUR",
        )
        with warehouse.connect() as connection:
            history.rerun(DAY + timedelta(days=1), connection)
            yield connection


def make(connection: duckdb.DuckDBPyConnection, statement: Statement, query: str) -> None:
    kind = "TABLE" if statement.is_table else "VIEW"
    connection.execute(f"CREATE OR REPLACE TEMP {kind} {statement.name} AS {query}")


def empty(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Leaves the columns of a relation of the day, and no row."""
    ((kind,),) = connection.execute(
        "SELECT table_type FROM information_schema.tables WHERE table_name = ? AND table_catalog = 'temp'", [name]
    ).fetchall()
    if kind == "VIEW":
        rows = connection.execute(f"SELECT * FROM {name} LIMIT 0").to_arrow_table()
        connection.register(f"no_{name}", rows)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM no_{name}")
    else:
        connection.execute(f"DELETE FROM {name}")


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((rows,),) = connection.execute(f"SELECT COUNT(*) FROM ({query}) AS counted").fetchall()
    return int(rows)


@pytest.mark.parametrize("without", dict.fromkeys(statement.only_with for statement in NEEDY), ids=" ".join)
def test_they_have_no_row_without_them(second_day: duckdb.DuckDBPyConnection, without: tuple[str, ...]) -> None:
    needy = {
        READ_BY_ALONE.get(statement.name, statement): statement for statement in NEEDY if statement.only_with == without
    }
    last, changed = max(map(PLAN.index, needy)), set(without)
    second_day.execute("BEGIN")
    try:
        for name in without:
            empty(second_day, name)
        for statement in PLAN[: last + 1]:  # what hangs on them, computed in full
            if statement in needy:
                assert count(second_day, statement.text) == 0, needy[statement].name
            if statement.name not in without and inputs_of(statement.text) & changed:
                changed.add(statement.name)
                make(second_day, statement, statement.text)
    finally:
        second_day.execute("ROLLBACK")


def test_with_them_most_have_some(second_day: duckdb.DuckDBPyConnection) -> None:
    """Else the test above would show nothing."""
    none = {statement.name for statement in NEEDY if not count(second_day, f"FROM {statement.name}")}
    assert len(none) < len(NEEDY) / 5, none
