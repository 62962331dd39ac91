"""A warehouse of an older version is brought up to date where it stands; nothing in it is lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from recon.errors import ReconError
from resources.warehouse import SCHEMA_VERSION, Warehouse

FIRST = (Path(__file__).parents[1] / "support" / "warehouse_v1.sql").read_text()
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
