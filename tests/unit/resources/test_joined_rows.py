"""Small parsed files of many days in one: the same rows, whatever became of the files since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

import resources.joined_rows as joined_rows
from recon.errors import StorageError
from recon.reports.kinds import ReportKind
from recon.reports.rows import REPORT_FILES
from resources.joined_rows import join_rows
from resources.parsed_rows import rows_between
from resources.warehouse import JOINED, Warehouse, add_rows

KIND = ReportKind.FEE
FIRST = date.fromordinal(64 * 11_562)  # a span of 64 days begins
FILES = ("a.csv@v1", "b.csv@v1")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.kept_open(), warehouse.connect() as connection:
        yield connection


def _parse(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, days: int, rows: int = 2) -> None:
    """Two files for each of the first days."""
    files = []
    for day in (FIRST + timedelta(days=number) for number in range(days)):
        for file_id in FILES:
            _write(warehouse, day, f"{day}_{file_id}", rows)
            known = {"file_id": f"{day}_{file_id}", "kind": KIND.value, "clearing_day": day, "is_current": True}
            files.append(dict.fromkeys(REPORT_FILES) | known)
    add_rows(connection, "parsed.files", pl.DataFrame(files, schema=REPORT_FILES, orient="row"))


def _write(warehouse: Warehouse, day: date, file_id: str, rows: int) -> None:
    lines = [
        dict.fromkeys(KIND.definition.rows)
        | {"file_id": file_id, "line_number": line, "fee_amount_minor": day.day * 100 + line, "sign": -1}
        for line in range(1, rows + 1)
    ]
    frame = pl.DataFrame(lines, schema=KIND.definition.rows, orient="row")
    warehouse.write_parquet(frame, warehouse.parsed_path(KIND, day, file_id))


def _rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, days: int, first: int = 0) -> pl.DataFrame:
    relation = rows_between(connection, warehouse, KIND, FIRST + timedelta(first), FIRST + timedelta(days - 1))
    return connection.execute(f"SELECT * FROM {relation} ORDER BY file_id, line_number").pl()


def _opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, days: int, first: int = 0) -> int:
    """How many files are read."""
    relation = rows_between(connection, warehouse, KIND, FIRST + timedelta(first), FIRST + timedelta(days - 1))
    return relation.count(".parquet")


def _names(warehouse: Warehouse) -> set[str]:
    return {path.name.partition(".")[0] for path in (warehouse.directory / "parsed" / JOINED / KIND).glob("*.parquet")}


def test_the_rows_of_many_days_are_in_few_files_and_are_the_same(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _parse(connection, warehouse, 85)
    before = _rows(connection, warehouse, 85)
    assert before.height == 85 * 2 * 2
    assert _opened(connection, warehouse, 85) == 170
    join_rows(connection, warehouse, KIND)
    assert _names(warehouse) == {f"{FIRST}_64", f"{FIRST + timedelta(64)}_8", f"{FIRST + timedelta(72)}_8"}
    assert _opened(connection, warehouse, 85) == 3 + 5 * 2
    assert _rows(connection, warehouse, 85).equals(before)


def test_a_part_of_a_span_is_read_from_its_own_files(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _parse(connection, warehouse, 12)
    before = _rows(connection, warehouse, 6, first=2)
    join_rows(connection, warehouse, KIND)
    assert _opened(connection, warehouse, 6, first=2) == 4 * 2
    assert _rows(connection, warehouse, 6, first=2).equals(before)


def test_a_day_that_was_read_again_is_never_that_of_before(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _parse(connection, warehouse, 12)
    join_rows(connection, warehouse, KIND)
    joined = set((warehouse.directory / "parsed" / JOINED / KIND).iterdir())
    _write(warehouse, FIRST, f"{FIRST}_{FILES[0]}", rows=3)
    assert _opened(connection, warehouse, 12) == 12 * 2
    assert _rows(connection, warehouse, 12).height == 12 * 2 * 2 + 1
    join_rows(connection, warehouse, KIND)
    assert _opened(connection, warehouse, 12) == 1 + 4 * 2
    assert _rows(connection, warehouse, 12).height == 12 * 2 * 2 + 1
    assert not joined & set((warehouse.directory / "parsed" / JOINED / KIND).iterdir())


def test_a_file_that_no_longer_counts_is_not_among_the_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _parse(connection, warehouse, 12)
    join_rows(connection, warehouse, KIND)
    connection.execute("UPDATE parsed.files SET is_current = FALSE WHERE file_id = ?", [f"{FIRST}_{FILES[1]}"])
    assert _rows(connection, warehouse, 12).height == 12 * 2 * 2 - 2


def test_large_files_are_left_as_they_are(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _parse(connection, warehouse, 70)
    size = warehouse.parsed_path(KIND, FIRST, f"{FIRST}_{FILES[0]}").stat().st_size
    monkeypatch.setattr(joined_rows, "MOST_BYTES", 20 * size)
    join_rows(connection, warehouse, KIND)
    assert {name.rpartition("_")[2] for name in _names(warehouse)} == {"8"}
    monkeypatch.setattr(joined_rows, "MOST_BYTES", size)
    join_rows(connection, warehouse, KIND)
    assert not _names(warehouse)


def test_rows_that_are_gone_are_missed_although_they_were_joined(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    _parse(connection, warehouse, 12)
    join_rows(connection, warehouse, KIND)
    gone = warehouse.parsed_path(KIND, FIRST, f"{FIRST}_{FILES[0]}")
    gone.unlink()
    with pytest.raises(StorageError, match=f"is gone.*recon run --day {FIRST}"):
        _rows(connection, warehouse, 12)
    join_rows(connection, warehouse, KIND)  # of what is there


def test_a_damaged_one_is_named_and_may_be_removed(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _parse(connection, warehouse, 12)
        before = _rows(connection, warehouse, 12)
        join_rows(connection, warehouse, KIND)
    (joined,) = (warehouse.directory / "parsed" / JOINED / KIND).iterdir()
    joined.write_bytes(joined.read_bytes()[:-40])
    with pytest.raises(StorageError, match="Remove it") as found, warehouse.connect() as connection:
        _rows(connection, warehouse, 12)
    assert found.value.where == str(joined)
    joined.unlink()
    with warehouse.connect() as connection:
        assert _rows(connection, warehouse, 12).equals(before)
