"""The queries of a day in the dialects of databases that no test can start: each parses there."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
import sqlglot
from pydantic import SecretStr
from sqlalchemy.dialects import mssql, mysql, oracle

from recon.clearing_day import day_start
from recon.errors import ConfigurationError
from recon.orders.canonical import TableRule
from resources.orders_db.db import payments_rule_of
from resources.orders_db.lookup import as_stored, by_key
from resources.orders_db.snapshot import Table
from resources.orders_db.stored import Kind
from resources.orders_db.window import PAYMENT_TIMES, in_source
from tests.support.ogloba_tables import DAY, example_source

DIALECTS = {"oracle": oracle.dialect(), "tsql": mssql.dialect(), "mysql": mysql.dialect()}  # as sqlglot calls them
TYPED = {"created_at": Kind.LOCAL_TIME, "updated_at": Kind.LOCAL_TIME, "amount": Kind.NUMBER}


class Unconnected(Table):
    """A table of a database that is not there: each statement is kept, and gives no row."""

    def __init__(self, dialect: sa.Dialect, kinds: dict[str, Kind]) -> None:
        self._dialect, self._declared, self.statements = dialect, kinds, list[str]()
        super().__init__(None, "orders", example_source().payments, datetime(2026, 11, 21), SecretStr(""))  # type: ignore[arg-type]  # noqa: DTZ001

    @property
    def dialect(self) -> sa.Dialect:
        return self._dialect

    def _resolve(self, text: sa.TextClause, names: dict[str, str]) -> dict[str, sa.ColumnElement[Any]]:
        self.kinds = {ours: self._declared.get(ours, Kind.TEXT) for ours in names}
        source = text.columns(*{name: sa.column(name) for name in names.values()}.values()).subquery("source")
        return {ours: source.c[name] for ours, name in names.items()}

    def _run(self, statement: sa.Select[Any], *, stream: bool = False) -> Any:
        options = {"render_postcompile": True}
        self.statements.append(str(statement.compile(dialect=self._dialect, compile_kwargs=options)))
        columns = ", ".join(["null"] * len(statement.selected_columns))
        is_total = "max(CASE" in self.statements[-1]  # one row, whatever is there
        with sa.create_engine("sqlite://").connect() as other:
            return other.execute(sa.text(f"select {columns} where {int(is_total)}")).freeze()()


def asked(dialect: sa.Dialect, kinds: dict[str, Kind]) -> list[str]:
    """The statements of a day: the window, the newest times, look-ups by key."""
    table, rule = Unconnected(dialect, kinds), payments_rule_of(example_source())
    begin = day_start(DAY)
    list(table.batches(in_source(table, PAYMENT_TIMES, begin, begin, rule.zone)))
    table.latest("created_at")
    keys(table, rule)
    return table.statements


def keys(table: Table, rule: TableRule) -> None:
    list(by_key(table, rule, "payment_request_id", pl.Series(["A", "7"])))
    as_stored(table, rule, "order_key", "A")


@pytest.mark.parametrize("kinds", [TYPED, {}, {"order_key": Kind.NUMBER} | TYPED], ids=["typed", "text", "number"])
@pytest.mark.parametrize("name", DIALECTS)
def test_each_statement_of_a_day_parses_in_its_dialect(name: str, kinds: dict[str, Kind]) -> None:
    statements = asked(DIALECTS[name], kinds)
    assert len(statements) >= 4
    for statement in statements:
        text = statement.replace("%%", "%").replace("%s", "?")
        assert all(sqlglot.parse(text, dialect=name))
        assert "redemption" in text


@pytest.mark.parametrize("name", DIALECTS)
def test_the_window_of_a_day_is_compared_with_instants_where_columns_are_times(name: str) -> None:
    window, *_ = asked(DIALECTS[name], TYPED)
    assert "CRT_TM < " in re.sub(r"[]`\"[]", "", window)


def test_each_column_that_the_query_does_not_give_is_named() -> None:
    query = example_source().payments.model_copy(update={"query": "select 1 as REF_NO, 2 as AMT"})
    with sa.create_engine("sqlite://").connect() as connection, pytest.raises(ConfigurationError) as caught:
        Table(connection, "orders", query, datetime(2026, 11, 21), SecretStr(""))  # noqa: DTZ001
    said = str(caught.value)
    assert said.startswith("orders: the query gives no column STORE_ID (columns.merchant_id), ")
    assert all(name in said for name in ("CUR (columns.currency)", "PAY_STAT (status.from)"))
    assert "AMT (" not in said.replace("SETTLE_AMT (", "")
    assert said.endswith("Its columns are REF_NO, AMT")
