"""The views for dashboards: decimals, words, names and days, read by another process while a day runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from recon.decisions.standing import STANDING_SCHEMA
from recon.money import allow_currencies
from recon.tie_out.proof import PROVED
from resources.register import mark_day
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support.day import History
from tests.support.listed import DAY, item, listed_day
from views import bi
from views.bi.columns import VIEWS

KWD = {"currency": "KWD", "report_currency": "KWD"}
ITEMS = (
    item("A", merchant_id="M1", merchant_name="Galerie Lumière", answer="PAID", verdict="CONFIRMS_OURS"),
    item("B", **KWD, order_amount_minor=1_234_567, report_amount_minor=1_234_500, amount_at_risk_minor=67),
    item("C", currency="JPY", amount_at_risk_minor=1_500, severity="S2", flags="NEAR SCALE", who_acts="A+"),
    item("D", state="WAITING", amount_at_risk_minor=0),
    item("E", incident_id="I/alipayplus/incident/I01:file:x:EUR"),
    item("F", currency="XXQ", report_currency=None),
    item("G", state="WRITTEN_OFF"),
)  # fmt: skip
STANDING = dict.fromkeys(STANDING_SCHEMA) | {
    "as_of_day": DAY, "break_id": "P/ogloba/order/G", "state": "WRITTEN_OFF", "decided_by": "ana", "approved_by": "li",
    "decided_at": datetime(2026, 11, 20, 17), "currency": "EUR", "amount_minor": 250, "file_count": 1,  # noqa: DTZ001
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One proved day with a list, published."""
    found = listed_day(
        tmp_path_factory.mktemp("bi"), ITEMS, before=[item("A"), item("Z", **KWD, amount_at_risk_minor=67)],
        resolved=[("P/ogloba/order/Z", "P00", "FILE")],
    )  # fmt: skip
    with found.connect() as connection:
        with transaction(connection):
            standing = pl.DataFrame([STANDING], schema=STANDING_SCHEMA, orient="row")
            replace_day(connection, "breaks.decisions", DAY, standing)
        mark_day(connection, DAY, PROVED)
    bi.publish(found)
    return found


@pytest.fixture
def reader(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A dashboard: the copy attached under a name of its own."""
    with closing(duckdb.connect()) as connection:
        connection.execute(f"ATTACH '{warehouse.published_file}' AS board (READ_ONLY)")
        yield connection


def test_the_views_have_the_declared_columns_in_their_order(reader: duckdb.DuckDBPyConnection) -> None:
    for view, columns in VIEWS.items():
        described = reader.execute(f"DESCRIBE board.bi.{view}").fetchall()
        assert [(name, kind) for name, kind, *_ in described] == [(one.name, one.kind) for one in columns], view
    shown = dict(
        reader.execute("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'days'").fetchall()
    )
    assert shown["open_count"] == "Of them those on which somebody still has to act."


def test_amounts_are_exact_in_the_decimals_of_their_currency(reader: duckdb.DuckDBPyConnection) -> None:
    sums = reader.execute(
        "SELECT currency, currency_decimals, SUM(amount_at_risk) FROM board.bi.breaks "
        "WHERE is_newest_list AND is_listed AND is_open AND NOT is_in_doubt GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert sums == [("EUR", 2, Decimal("2.50")), ("KWD", 3, Decimal("0.067")), ("XXQ", None, None)]
    doubt = "SELECT amount_at_risk, who_acts FROM board.bi.breaks WHERE is_in_doubt"
    assert reader.execute(doubt).fetchall() == [(Decimal(1500), "Alipay+ support")]
    exact = "SELECT order_amount, report_amount FROM board.bi.breaks WHERE currency = 'KWD' AND is_newest_list"
    assert reader.execute(exact).fetchall() == [(Decimal("1234.567"), Decimal("1234.500"))]


def test_words_names_and_local_time_stand_in_place_of_codes(reader: duckdb.DuckDBPyConnection) -> None:
    row = reader.execute(
        "SELECT family, break_name, state, who_acts, merchant_name, answer, verdict, deadline_at_utc8, opened_day "
        "FROM board.bi.breaks WHERE break_id = 'P/ogloba/order/A' AND is_newest_list"
    ).fetchone()
    assert row == (
        "payment", "amount diff", "open", "Finance", "Galerie Lumière", "paid", "confirms our side",
        datetime(2027, 11, 18, 2, 41), DAY - timedelta(days=3),  # noqa: DTZ001
    )  # fmt: skip


def test_a_day_counts_what_is_on_the_list_as_people_read_it(reader: duckdb.DuckDBPyConnection) -> None:
    days = reader.execute(
        "SELECT clearing_day, is_newest_list, status, listed_count, open_count, waiting_count FROM board.bi.days "
        "ORDER BY clearing_day"
    ).fetchall()
    assert days == [(DAY - timedelta(days=1), False, "proved", 2, 2, 0), (DAY, True, "proved", 5, 4, 1)]


def test_what_left_the_list_keeps_its_amount(reader: duckdb.DuckDBPyConnection) -> None:
    gone = reader.execute(
        "SELECT break_id, name_before, name_after, outcome, resolved_by, currency, amount_at_risk "
        "FROM board.bi.movements WHERE movement = 'resolved'"
    ).fetchall()
    line = ("P/ogloba/order/Z", "amount diff", None, "both sides agree", "a report line", "KWD", Decimal("0.067"))
    assert gone == [line]


def test_a_decision_is_shown_with_its_amount(reader: duckdb.DuckDBPyConnection) -> None:
    found = reader.execute(
        "SELECT decided, decided_by, approved_by, decided_at_utc8, amount, break_name FROM board.bi.decisions"
    ).fetchall()
    at = datetime(2026, 11, 21, 1)  # noqa: DTZ001
    assert found == [("written off", "ana", "li", at, Decimal("2.50"), "amount diff")]


READER = """
import duckdb, json, select, sys
seen = set()
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        rows = connection.execute("SELECT clearing_day, SUM(amount_at_risk) FROM bi.breaks GROUP BY ALL ORDER BY ALL")
        seen.add(str(rows.fetchall()))
print(json.dumps(sorted(seen, key=len)))
"""
FIRST, SECOND = "(datetime.date(2026, 11, 20), Decimal('10.0000'))", "(datetime.date(2026, 11, 21), Decimal('13.0000'))"


def test_another_process_reads_whole_lists_while_a_day_runs(tmp_path: Path) -> None:
    """It opens the copy again and again: it sees the lists before the day or those after it, never half of one."""
    warehouse = Warehouse(tmp_path)
    with warehouse.kept_open():
        history = History(warehouse)
        history.play(orders="order | pay\nA | INIT", report="request\nA")
        words = [sys.executable, "-c", READER, str(bi.publish(warehouse))]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            history.play(1, orders="order | pay | amount\nB | INIT | 3.00 EUR", report="request | amount\nB | 3.00 EUR")
            bi.publish(warehouse)
            said, _ = process.communicate("stop\n", timeout=60)
    assert process.returncode == 0
    assert set(json.loads(said)) <= {f"[{FIRST}]", f"[{FIRST}, {SECOND}]"}
    assert f"[{FIRST}]" in json.loads(said)


def test_a_currency_of_the_configuration_has_its_own_decimals() -> None:
    try:
        allow_currencies({"USDT": 4})
        known = {row["currency"]: (row["decimals"], row["unit"]) for row in bi.currency_rows().iter_rows(named=True)}
    finally:
        allow_currencies({})
    assert known["USDT"] == (4, Decimal("0.0001"))
    assert known["JPY"] == (0, Decimal(1))
    assert known["KWD"] == (3, Decimal("0.001"))
