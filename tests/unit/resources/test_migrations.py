"""A warehouse of an older version is brought up to date where it stands; nothing in it is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from checks.source_contract import INVARIANTS
from recon.errors import ReconError
from recon.identities import CONTENT, REGISTER
from recon.tie_out import Verdict
from resources.warehouse import SCHEMA_VERSION, Warehouse
from tests.support import ROOT
from tests.support.control_totals import (
    BANK,
    BATCH_AMOUNT,
    BATCH_COUNT,
    CLEARED,
    SETTLEMENT_AMOUNT,
    SUMMARY_AMOUNT,
    SUMMARY_COUNT,
)

FIRST = (ROOT / "tests" / "support" / "warehouse_v1.sql").read_text()
COLUMNS = (
    "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
    "WHERE NOT internal AND schema_name <> 'main' ORDER BY ALL"
)


@pytest.fixture
def first_version(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute(FIRST)
        connection.execute("INSERT INTO main.schema_version VALUES (1)")
        connection.execute(
            "INSERT INTO breaks.items (as_of_day, break_id, break_code) VALUES ('2026-11-19', 'P/shop/order/1', 'P01')"
        )
        connection.execute("INSERT INTO breaks.days VALUES ('2026-11-19', NULL, 'digest', 'proved', NULL)")
    return warehouse


def test_the_first_version_becomes_the_present_one(first_version: Warehouse, tmp_path: Path) -> None:
    with first_version.connect() as connection:
        brought = connection.execute(COLUMNS).fetchall()
    with Warehouse(tmp_path / "fresh").connect() as connection:
        assert brought == connection.execute(COLUMNS).fetchall()


def test_its_breaks_and_days_are_still_there(first_version: Warehouse) -> None:
    for _ in range(2):
        with first_version.connect() as connection:
            items = connection.execute("SELECT as_of_day, break_code, answer FROM breaks.items").fetchall()
            days = connection.execute("SELECT closing_digest, status FROM breaks.days").fetchall()
            versions = connection.execute("SELECT version FROM main.schema_version ORDER BY 1").fetchall()
        assert items == [(date(2026, 11, 19), "P01", None)]
        assert days == [("digest", "proved")]
        assert versions == [(1,), (SCHEMA_VERSION,)]


def test_a_newer_one_is_not_touched(first_version: Warehouse) -> None:
    with duckdb.connect(str(first_version.file)) as connection:
        connection.execute("INSERT INTO main.schema_version VALUES (?)", [SCHEMA_VERSION + 1])
    with pytest.raises(ReconError, match=f"schema version {SCHEMA_VERSION + 1}"), first_version.connect():
        pass


EDGES = [  # as version 2 kept them: edge, first side, other side, verdict; and the name of today
    ("K1", "rows", "count of the section", "equal, file by file", "control total: detail count = section count"),
    ("K2", "sum of the rows", "amount of the section", "equal", "control total: detail amount = section amount"),
    ("K3", "rows", "count of the section", "equal, for the whole set", "control total: fee count = section count"),
    ("K3", "sum of the rows", "amount of the section", "different", "control total: fee amount = section amount"),
    ("K4", "rows", "count of the summary", "equal", SUMMARY_COUNT),
    ("K4", "sum of the rows", "amount of the summary", "equal, before fees", SUMMARY_AMOUNT),
    ("K4", "sum of the rows less fees", "amount of the summary", "equal, after fees", SUMMARY_AMOUNT),
    ("K5", "count of clearing batch 9 in the settlement", "count in its summary", "batch not known here", BATCH_COUNT),
    ("K5", "amount of clearing batch 9 in the settlement", "amount in its summary",
     "different, and listed as a break", BATCH_AMOUNT),
    ("K5", "sum of the rows", "amount of the section", "the summary section is missing", SETTLEMENT_AMOUNT),
    ("K7", "total of the settlement", "amount at the bank", "not told", BANK),
    ("K8", "cleared since the first day", "settled, not settled yet, and listed differences", "equal", CLEARED),
]  # fmt: skip
INVARIANTS_THEN = ("I03", "I04", "I05", "I06", "I07", "I10", "I11", "I12", "ambiguous_local_times")


def older(warehouse: Warehouse, reason: str | None = None) -> Warehouse:
    """With what an older version kept of the control totals, of our orders, and why the day stopped."""
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.executemany(
            "INSERT INTO tied_out.edges (as_of_day, edge, left_name, right_name, verdict) "
            "VALUES ('2026-11-19', ?, ?, ?, ?)",
            [row[:4] for row in EDGES],
        )
        connection.executemany(
            "INSERT INTO orders.findings (as_of_day, invariant, row_count) VALUES ('2026-11-19', ?, 1)",
            [[name] for name in INVARIANTS_THEN],
        )
        connection.execute("UPDATE breaks.days SET reason = ?", [reason])
    return warehouse


def test_identities_of_older_days_get_the_names_of_today(first_version: Warehouse) -> None:
    with older(first_version).connect() as connection:
        rows = connection.execute("SELECT left_name, right_name, edge, verdict FROM tied_out.edges").fetchall()
        findings = connection.execute("SELECT invariant FROM orders.findings").fetchall()
    assert sorted(row[:3] for row in rows) == sorted((left, right, name) for _, left, right, _, name in EDGES)
    assert {row[3] for row in rows} <= set(Verdict)
    assert {name for (name,) in findings} == {*INVARIANTS["payments"], *INVARIANTS["refunds"], "ambiguous_local_times"}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("f@v1: rows 1, count of the section 2, see f@v1, line 2 (K3); and 3 more",
         "f@v1: rows 1, count of the section 2, see f@v1, line 2 "
         "(control total: fee count = section count); and 3 more"),
        ("f@v1: sum of the rows 1.00 EUR, amount of the section 2.00 EUR, see f@v1, line 2 (K3)",
         "f@v1: sum of the rows 1.00 EUR, amount of the section 2.00 EUR, see f@v1, line 2 "
         "(control total: fee amount = section amount)"),
        ("s: rows 1, count of the summary 2 (K4); s: sum of the rows 1, amount of the summary 2 (K4)",
         f"s: rows 1, count of the summary 2 ({SUMMARY_COUNT}); "
         f"s: sum of the rows 1, amount of the summary 2 ({SUMMARY_AMOUNT})"),
        ("f, line 7: clearingBatchId is 1, but the file is named 2, in this line only (K6)",
         f"f, line 7: clearingBatchId is 1, but the file is named 2, in this line only ({CONTENT})"),
        ("x: amount of clearing batch 9 in the settlement 1.00 EUR, amount in its summary 2.00 EUR (K5)",
         f"x: amount of clearing batch 9 in the settlement 1.00 EUR, amount in its summary 2.00 EUR ({BATCH_AMOUNT})"),
        ("2026-11-19: K4 (A EUR B1): sum of the rows is 1, amount of the summary is 2, -1 left over",
         f"2026-11-19: {SUMMARY_AMOUNT} (A EUR B1): sum of the rows is 1, amount of the summary is 2, -1 left over"),
        ("2026-11-19: C3: input rows was not counted",
         "2026-11-19: conservation: report rows: input rows was not counted"),
        ("2026-11-19: R1 (EUR): opening and movements of R01 is 1",
         f"2026-11-19: {REGISTER} (EUR): opening and movements of R01 is 1"),
        ("no feeItems file came for agreement A in EUR (F01)", "no feeItems file came for agreement A in EUR (F01)"),
        (None, None),
    ],
)  # fmt: skip
def test_the_reason_of_an_older_day_names_them_too(first_version: Warehouse, then: str | None, now: str | None) -> None:
    with older(first_version, then).connect() as connection:
        assert connection.execute("SELECT reason FROM breaks.days").fetchall() == [(now,)]
