"""The copy that people read, made while a run keeps the warehouse open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from resources.warehouse import SMALL_DAY, Warehouse

OPENED_ELSEWHERE = """
import sys
import duckdb
try:
    duckdb.connect(sys.argv[1])
except duckdb.IOException:
    sys.exit(3)
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path)
    with warehouse.connect() as connection:
        connection.execute("INSERT INTO breaks.days (as_of_day, status) VALUES (DATE '2026-11-20', 'proved')")
        connection.execute("INSERT INTO orders.findings (source_id) VALUES ('shop')")
    return warehouse


def test_publishing_keeps_other_processes_out_of_the_warehouse(warehouse: Warehouse) -> None:
    """Whoever closes a second descriptor of the file would release the lock of the first."""
    opened = [sys.executable, "-c", OPENED_ELSEWHERE, str(warehouse.file)]
    with warehouse.kept_open():
        warehouse.publish()
        assert subprocess.run(opened, check=False).returncode == 3
    assert subprocess.run(opened, check=False).returncode == 0


def test_the_copy_has_what_was_kept_last_and_nothing_about_the_source(warehouse: Warehouse) -> None:
    with warehouse.kept_open(), warehouse.connect() as connection:
        connection.execute("UPDATE breaks.days SET status = 'incomplete'")
        published = warehouse.publish()
        connection.execute("UPDATE breaks.days SET status = 'proved'")
    with duckdb.connect(str(published), read_only=True) as copy:
        assert copy.execute("SELECT as_of_day::VARCHAR, status FROM breaks.days").fetchall() == [
            ("2026-11-20", "incomplete")
        ]
        with pytest.raises(duckdb.CatalogException):
            copy.execute("SELECT * FROM orders.findings")
    assert [path.name for path in published.parent.iterdir()] == [published.name]


def test_what_is_added_is_there_with_the_tables_or_nothing_is(warehouse: Warehouse) -> None:
    warehouse.publish()
    before = warehouse.published_file.read_bytes()

    def fails(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("CREATE SCHEMA more")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        warehouse.publish(fails)
    assert warehouse.published_file.read_bytes() == before
    warehouse.publish(lambda connection: connection.execute("CREATE SCHEMA more; CREATE TABLE more.one AS SELECT 1"))
    with duckdb.connect(str(warehouse.published_file), read_only=True) as copy:
        assert copy.execute("SELECT * FROM more.one").fetchall() == [(1,)]
        assert copy.execute("SELECT COUNT(*) FROM breaks.days").fetchall() == [(1,)]


def test_a_small_day_takes_one_thread_and_the_next_large_one_all(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, threads=3)
    with warehouse.kept_open(), warehouse.connect() as connection:
        for size, threads in ((SMALL_DAY + 1, 3), (SMALL_DAY, 1), (SMALL_DAY + 1, 3), (0, 1)):
            warehouse.suit_threads(size)
            assert connection.execute("SELECT current_setting('threads')").fetchall() == [(threads,)]
            assert Warehouse(tmp_path, threads=3).threads_in_use == threads
    assert warehouse.threads_in_use == 3
    warehouse.suit_threads(0)  # of no open file
    assert warehouse.threads_in_use == 3
