"""Errors of the disk and of damaged files are known by their codes, however they are wrapped."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlalchemy

from recon.errors import BusyError, LandingError, ReconError, StorageError
from resources.journals.alerts import AlertJournal
from resources.journals.inquiries import InquiryJournal
from resources.published import Published
from resources.storage import open_database, storage_error, storage_errors
from resources.warehouse import Warehouse
from tests.support.disks import fill, read_only, small_disk
from views.alerts.state import AlertState
from views.trail.gather import gather

FULL, READ_ONLY, NO_RIGHT = "no room left", "is read-only", "no right to use it"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "few bytes": lambda content: content[:100],
    "another file": lambda content: b"a block lock of text\n" * 5000,
    "its head": lambda content: bytes(4096) + content[4096:],
    "zeros inside": lambda content: content[:8192] + bytes(len(content) - 8192),
}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, FULL), (errno.EDQUOT, FULL), (errno.EFBIG, FULL), (errno.EROFS, READ_ONLY),
        (errno.EACCES, NO_RIGHT), (errno.EPERM, NO_RIGHT), (errno.EIO, "input/output error"),
    ],
)  # fmt: skip
def test_a_code_of_the_system_is_reported_however_it_is_wrapped(code: int, reason: str) -> None:
    wrapped = RuntimeError("wrapped once")
    wrapped.__cause__ = OSError(code, os.strerror(code), "/data/x")
    with pytest.raises(StorageError, match=f"/data/x: .*{reason}"), storage_errors(Path("/state")):
        raise wrapped


def test_the_path_in_use_is_named_where_the_error_names_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=str(tmp_path)), storage_errors(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [ValueError("the disk is full"), OSError(errno.ECONNREFUSED, "no"), KeyError("lock")])
def test_other_errors_pass_whatever_they_say(error: Exception) -> None:
    assert storage_error(error) is None
    with pytest.raises(type(error)), storage_errors(Path("/state")):
        raise error


def test_an_error_of_ours_speaks_for_itself() -> None:
    """The server refused a folder with the same code: that is no fault of our disk."""
    refused = LandingError("no permission", where="/v1", do="Ask")
    refused.__cause__ = PermissionError(errno.EACCES, "Permission denied")
    assert storage_error(refused) is None


@contextmanager
def a_disk(kind: str, folder: Path) -> Iterator[None]:
    if kind == "full":
        with small_disk(folder, 512):
            fill(folder)
            yield
    else:
        with read_only(folder):
            yield


@pytest.mark.parametrize(("kind", "reason"), [("full", FULL), ("read-only", READ_ONLY)])
def test_each_store_says_what_the_disk_does(tmp_path: Path, kind: str, reason: str) -> None:
    disk = tmp_path / "disk"
    actions: dict[str, Callable[[], object]] = {
        "warehouse": lambda: Warehouse(disk).connect().__enter__(),
        "parquet": lambda: Warehouse(disk).write_parquet(pl.DataFrame({"a": range(9999)}), disk / "p" / "x.parquet"),
        "questions": lambda: InquiryJournal(disk).skip({}, "w", _now()),
        "alerts": lambda: AlertJournal(disk).end(1, None, _now()),
        "sqlalchemy": lambda: _through_sqlalchemy(disk),
    }
    with a_disk(kind, disk):
        for name, act in actions.items():
            with pytest.raises(StorageError) as caught, storage_errors(disk):
                act()
            assert str(disk) in str(caught.value), name
            assert reason in str(caught.value), name
            assert not list(disk.rglob("*.part"))


def test_a_warehouse_that_fills_up_while_it_is_written_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4000), pytest.raises(StorageError, match=FULL):
        queried(Warehouse(tmp_path / "disk"), "CREATE TABLE t AS SELECT hash(range) AS b FROM range(3000000)")


def queried(warehouse: Warehouse, statement: str) -> list[object]:
    with warehouse.connect() as connection:
        return connection.execute(statement).fetchall()


def _now() -> datetime:
    return datetime(2026, 11, 21, tzinfo=UTC)


def _through_sqlalchemy(folder: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{folder / 'runs.db'}")
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE t (a)"))
    finally:
        engine.dispose()


# -- damage ---------------------------------------------------------------------------------------


def warehouse_with_rows(folder: Path) -> Warehouse:
    warehouse = Warehouse(folder, lock_wait_seconds=0)
    with warehouse.connect() as connection:
        connection.execute("INSERT INTO breaks.days VALUES ('2026-11-19', NULL, 'digest', 'proved', NULL)")
    warehouse.publish()
    return warehouse


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_warehouse_is_not_taken_for_a_busy_one(tmp_path: Path, how: str) -> None:
    """Its message says "block", and its folder may be named after a lock: neither decides."""
    folder = tmp_path / "lock"
    warehouse = warehouse_with_rows(folder)
    for file in (warehouse.file, warehouse.published_file):
        file.write_bytes(DAMAGES[how](file.read_bytes()))
    readers: list[Callable[[], object]] = [
        lambda: Published(warehouse).proved_days(),
        lambda: AlertState(Published(warehouse)).endings(),
        lambda: gather(warehouse, "V1"),
    ]
    for read in readers:
        with pytest.raises(ReconError, match=r"published/recon\.duckdb: .*Run the newest day again"):
            read()
    with pytest.raises(StorageError, match=r"lock/recon\.duckdb: is damaged .*recon restore"):
        queried(warehouse, "SELECT * FROM breaks.days")


def test_a_warehouse_that_another_process_has_is_busy(tmp_path: Path) -> None:
    warehouse = warehouse_with_rows(tmp_path)
    script = f"import duckdb; c = duckdb.connect({str(warehouse.file)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        for read in (False, True):
            with pytest.raises(BusyError, match="another process is using the warehouse"):
                open_database(warehouse.file, read_only=read)
        other.communicate(b"\n")
    open_database(warehouse.file).close()


@pytest.mark.parametrize("how", ["empty", "half", "another file"])
def test_a_damaged_parquet_file_is_named_with_its_way_out(tmp_path: Path, how: str) -> None:
    warehouse = warehouse_with_rows(tmp_path)
    for folder, way_out in (("parsed/fee/2026-11-19", "recon run --day 2026-11-19"), ("orders/payments", "restore")):
        path = tmp_path / folder / "x.parquet"
        warehouse.write_parquet(pl.DataFrame({"a": range(5000)}), path)
        path.write_bytes(DAMAGES[how](path.read_bytes()))
        with pytest.raises(StorageError, match=f"{folder}/x.parquet: is damaged .*{way_out}"):
            queried(warehouse, f"SELECT SUM(a) FROM read_parquet('{path}')")
        path.unlink()


@pytest.mark.parametrize("how", ["half", "another file", "its head"])
def test_a_damaged_journal_is_named(tmp_path: Path, how: str) -> None:
    questions, alerts = InquiryJournal(tmp_path), AlertJournal(tmp_path)
    with closing(questions), closing(alerts):
        questions.skip({}, "w", _now())
    for path in (questions.path,):
        path.write_bytes(DAMAGES[how](path.read_bytes()))
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    with pytest.raises(StorageError, match=r"journal\.sqlite: is damaged .*recon restore"):
        questions.history()


def test_sqlite_busy_is_not_a_fault_of_the_disk(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x", isolation_level=None, timeout=0)) as one:
        one.execute("CREATE TABLE t (a)")
        one.execute("BEGIN EXCLUSIVE")
        with (
            closing(sqlite3.connect(tmp_path / "x", timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError) as busy,
        ):
            other.execute("SELECT * FROM t")
    assert storage_error(busy.value, tmp_path / "x") is None


def test_a_query_that_is_wrong_is_a_fault_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(duckdb.CatalogException), Warehouse(tmp_path).connect() as connection:
        connection.execute("SELECT * FROM not_there")
