"""Which version of a file is current, and what is recorded of the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind, ReportName
from resources.landed_files import LandedFile
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse
from tests.support.parsed import parse_kind

DAY = date(2026, 11, 20)
KIND = ReportKind.TRANSACTION_SUMMARY
NAME = ReportName(KIND, "P1", "EUR", "B1", "A1", 0)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
GOOD = "clearingBatchId,totalCount,settlementAmountValue\nB1,{count},{amount}\n<END>\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "state")


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.connect() as connection:
        yield connection


def landed(folder: Path, version: int, content: str) -> LandedFile:
    path = folder / f"{NAME.file_name}.v{version}"
    path.write_text(content)
    return LandedFile(NAME, version, path, f"sha{version}", len(content), NOW, DAY, NOW)


def recorded(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT version, is_valid, is_current FROM parsed.files ORDER BY version").fetchall()


def test_the_newest_version_is_current_and_the_older_one_is_recorded(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    files = [
        landed(tmp_path, 1, GOOD.format(count=2, amount=50)),
        landed(tmp_path, 2, GOOD.format(count=3, amount=70)),
    ]
    parse_kind(connection, warehouse, DAY, KIND, files, DEFAULT)
    assert recorded(connection) == [(1, True, False), (2, True, True)]
    rows = connection.execute(
        f"SELECT file_id, total_count FROM {current_rows(connection, warehouse, KIND, DAY)}"
    ).fetchall()
    assert rows == [(f"{NAME.file_name}@v2", 3)]


def test_an_unreadable_newest_version_leaves_the_older_one_and_says_why(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    files = [
        landed(tmp_path, 1, GOOD.format(count=2, amount=50)),
        landed(tmp_path, 2, "no report\n"),
    ]
    parsed = parse_kind(connection, warehouse, DAY, KIND, files, DEFAULT)
    assert recorded(connection) == [(1, True, True), (2, False, False)]
    (finding,) = [file["finding"] for file in parsed if not file["is_valid"]]
    assert NAME.file_name in finding


def test_parsing_again_replaces_the_day_and_kind_and_nothing_else(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    files = [landed(tmp_path, 1, GOOD.format(count=2, amount=50))]
    other_day = date(2026, 11, 19)
    for day in (other_day, DAY, DAY):
        parse_kind(connection, warehouse, day, KIND, files, DEFAULT)
    counted = connection.execute("SELECT clearing_day FROM parsed.files").pl()
    assert counted.sort(pl.all())["clearing_day"].to_list() == [other_day, DAY]


def test_a_day_without_files_of_a_kind_has_no_rows(warehouse: Warehouse, connection: duckdb.DuckDBPyConnection) -> None:
    assert parse_kind(connection, warehouse, DAY, KIND, [], DEFAULT) == []
    relation = current_rows(connection, warehouse, KIND, DAY)
    assert connection.execute(f"SELECT * FROM {relation}").fetchall() == []
