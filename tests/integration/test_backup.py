"""Backup and restore of a state directory: whole or not at all, also while others write."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from recon.errors import BusyError
from recon.reports.names import ReportKind
from resources.backup import BackupError, restore_backup, write_backup
from resources.landing import Landing
from resources.warehouse import Warehouse
from tests.support.report_text import DETAIL, name_of

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
DAY = date(2026, 11, 20)


def landing(state: Path) -> Landing:
    return Landing(state / "landed", participant_id="P1", agreement_ids=["A1"], now=lambda: NOW)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with something of everything."""
    state = tmp_path / "state"
    with Warehouse(state).connect() as connection:
        connection.execute("INSERT INTO breaks.days VALUES ('2026-11-19', NULL, 'digest', 'proved', NULL)")
    delivered = tmp_path / "20261121"
    delivered.mkdir()
    (delivered / name_of(ReportKind.TRANSACTION_DETAIL).file_name).write_text(DETAIL)
    landing(state).land_from(delivered)
    (state / "inquiries").mkdir()
    with closing(journal(state)) as connection:
        connection.execute("CREATE TABLE questions (question_id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO questions VALUES (?)", [(number,) for number in range(1000)])
        connection.commit()
    for scratch in ("dagster/runs.db", "spill/x", "landed/2026-11-21/.x.part", ".lock"):
        (state / scratch).parent.mkdir(exist_ok=True)
        (state / scratch).write_text("not kept")
    return state


def journal(state: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(state / "inquiries" / "journal.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def kept(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_everything_comes_back_and_nothing_else(state: Path, tmp_path: Path) -> None:
    before = landing(state).versions(date(2026, 11, 21))
    receipt = write_backup(state, tmp_path / "backups" / "b.tar", NOW, 1)
    restored = restore_backup(tmp_path / "backups" / "b.tar", tmp_path / "new" / "state")
    assert (restored.files, restored.size, restored.made_at) == (receipt.files, receipt.size, NOW)
    file = name_of(ReportKind.TRANSACTION_DETAIL).file_name
    assert kept(tmp_path / "new" / "state") == {
        "recon.duckdb", "inquiries/journal.sqlite",
        f"landed/2026-11-21/{file}.v1", f"landed/2026-11-21/{file}.v1.json",
    }  # fmt: skip
    after = landing(tmp_path / "new" / "state").versions(date(2026, 11, 21))
    assert [(each.sha256, each.mtime) for each in after] == [(each.sha256, each.mtime) for each in before]
    assert after[0].path.read_text() == DETAIL
    assert stat.S_IMODE(after[0].path.stat().st_mode) == 0o444
    with Warehouse(tmp_path / "new" / "state").connect() as connection:
        assert connection.execute("SELECT closing_digest, status FROM breaks.days").fetchall() == [("digest", "proved")]
    with closing(journal(tmp_path / "new" / "state")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM questions").fetchone() == (1000,)


def test_the_warehouse_is_not_brought_up_to_date_by_its_backup(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    first = (Path(__file__).parents[1] / "support" / "warehouse_v1.sql").read_text()
    with duckdb.connect(str(state / "recon.duckdb")) as connection:
        connection.execute(first)
        connection.execute("INSERT INTO main.schema_version VALUES (1)")
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    restore_backup(tmp_path / "b.tar", tmp_path / "new")
    for folder in (state, tmp_path / "new"):
        with duckdb.connect(str(folder / "recon.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT version FROM main.schema_version").fetchall() == [(1,)]


def test_a_run_is_waited_for(state: Path, tmp_path: Path) -> None:
    with (state / ".lock").open("w") as lock:
        lock.write("process 7, run of 2026-11-20\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match="run of 2026-11-20"):
            write_backup(state, tmp_path / "b.tar", NOW, 0.2)
        threading.Timer(0.5, lambda: fcntl.flock(lock, fcntl.LOCK_UN)).start()
        write_backup(state, tmp_path / "b.tar", NOW, 10)
    assert not list(tmp_path.glob(".*.part"))


def test_questions_may_be_asked_meanwhile(state: Path, tmp_path: Path) -> None:
    """The journal is written without the state lock: what is committed is whole in the copy."""
    stop, written = threading.Event(), [1000]

    def ask() -> None:
        with closing(journal(state)) as connection:
            while not stop.is_set():
                connection.execute("INSERT INTO questions VALUES (?)", [written[0]])
                connection.execute("INSERT INTO questions VALUES (?)", [written[0] + 1])
                connection.commit()
                written[0] += 2

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        before = written[0]
        write_backup(state, tmp_path / "b.tar", NOW, 10)
    finally:
        stop.set()
        asking.join()
    restore_backup(tmp_path / "b.tar", tmp_path / "new")
    with closing(journal(tmp_path / "new")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = connection.execute("SELECT COUNT(*) FROM questions").fetchone()
    assert count >= before
    assert count % 2 == 0, "two questions of one transaction belong together"


def test_a_reader_of_the_warehouse_is_waited_for(state: Path, tmp_path: Path) -> None:
    script = (
        "import duckdb, sys, time\n"
        f"with duckdb.connect({str(state / 'recon.duckdb')!r}): print('open', flush=True); time.sleep(1)"
    )
    import subprocess
    import sys

    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        assert write_backup(state, tmp_path / "b.tar", NOW, 30).files == 4


def test_nothing_is_overwritten(state: Path, tmp_path: Path) -> None:
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    for to in (tmp_path / "b.tar", state / "b.tar"):
        with pytest.raises(BackupError):
            write_backup(state, to, NOW, 1)
    with pytest.raises(BackupError, match="is not empty"):
        restore_backup(tmp_path / "b.tar", state)


def damaged(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_is_seen_and_nothing_is_restored(state: Path, tmp_path: Path) -> None:
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    content = (tmp_path / "b.tar").read_bytes()
    damaged(tmp_path / "b.tar", content.index(b"PAY1"))
    with pytest.raises(BackupError, match=r"1 files are not as they were, first landed/"):
        restore_backup(tmp_path / "b.tar", tmp_path / "new")
    assert kept(tmp_path / "new") == set()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_backup_is_none(state: Path, tmp_path: Path, share: float) -> None:
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    content = (tmp_path / "b.tar").read_bytes()
    end = content.index(b"manifest.json")
    (tmp_path / "b.tar").write_bytes(content[: int(end * share)])
    with pytest.raises(BackupError, match="is no whole backup"):
        restore_backup(tmp_path / "b.tar", tmp_path / "new")
    assert kept(tmp_path / "new") == set()
    (tmp_path / "b.tar").write_bytes(content)
    restore_backup(tmp_path / "b.tar", tmp_path / "new")


def test_a_name_that_leads_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    for name, kind in (("../evil", tarfile.REGTYPE), ("/tmp/evil", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)):
        with tarfile.open(tmp_path / "b.tar", "w") as archive:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        with pytest.raises(BackupError):
            restore_backup(tmp_path / "b.tar", tmp_path / "new")
        assert os.listdir(tmp_path / "new") == []  # noqa: PTH208
