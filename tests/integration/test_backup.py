"""Backup and restore of a state directory: whole or not at all, also while others write."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import json
import os
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import duckdb
import pytest

from pipelines.cli.commands import run_cli
from recon.errors import BusyError
from recon.reports.names import ReportKind
from resources.backup import BackupError, restore_backup, write_backup
from resources.landing import Landing
from resources.warehouse import Warehouse
from tests.support.disks import small_disk
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
    with pytest.raises(BackupError, match=r"not as it was: 1 file, first landed/"):
        restore_backup(tmp_path / "b.tar", tmp_path / "new")
    assert kept(tmp_path / "new") == set()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_backup_is_none(state: Path, tmp_path: Path, share: float) -> None:
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    content = (tmp_path / "b.tar").read_bytes()
    end = content.index(b"manifest.json")
    (tmp_path / "b.tar").write_bytes(content[: int(end * share)])
    with pytest.raises(BackupError, match="is not a whole backup"):
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


def archive_of(path: Path, *members: tuple[tarfile.TarInfo, bytes], manifest: object = None) -> None:
    """A backup made by hand; the manifest fits the members unless another one is given."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members:
            if member.size:  # said to be larger than it is
                assert archive.fileobj is not None
                archive.fileobj.write(member.tobuf(tarfile.PAX_FORMAT))
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        if manifest is None:
            listed = {m.name: {"sha256": hashlib.sha256(c).hexdigest(), "size": len(c)} for m, c in members}
            manifest = {"format": 1, "made_at": NOW.isoformat(), "files": listed}
        member = tarfile.TarInfo("manifest.json")
        content = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, **values: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.mode = kind, size, 0o644
    for key, value in values.items():
        setattr(made, key, value)
    return made


ONE = (member("a"), b"one")
MALFORMED: dict[str, Callable[[Path], object]] = {
    "nothing in it": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_bytes(b"this is no archive\n" * 500),
    "half of a gzip": lambda path: path.write_bytes(gzip.compress(os.urandom(9999))[:5000]),
    "a gzip": lambda path: (archive_of(path, ONE), path.write_bytes(gzip.compress(path.read_bytes()))),
    "a folder": Path.mkdir,
    "not there": lambda _: None,
    "only zeros": lambda path: path.write_bytes(bytes(10240)),
    "an absolute path": lambda path: archive_of(path, (member("/tmp/evil"), b"x")),
    "a path upwards": lambda path: archive_of(path, (member("landed/../../evil"), b"x")),
    "a path with a dot": lambda path: archive_of(path, (member("./a"), b"x")),
    "no name": lambda path: archive_of(path, (member("."), b"x")),
    "a link outside": lambda path: archive_of(path, (member("l", tarfile.SYMTYPE, linkname="/etc/passwd"), b"")),
    "a hard link": lambda path: archive_of(path, ONE, (member("l", tarfile.LNKTYPE, linkname="a"), b"")),
    "a device": lambda path: archive_of(path, (member("d", tarfile.CHRTYPE), b"")),
    "a pipe": lambda path: archive_of(path, (member("f", tarfile.FIFOTYPE), b"")),
    "a name twice": lambda path: archive_of(path, ONE, (member("a"), b"two")),
    "a file that is a folder": lambda path: archive_of(path, ONE, (member("a/b"), b"two")),
    "a folder that is a file": lambda path: archive_of(path, (member("a/b"), b"two"), ONE),
    "a long name": lambda path: archive_of(path, (member("n" * 300), b"x")),
    "an impossible size": lambda path: archive_of(path, (member("a", size=2**60), b"x")),
    "an impossible time": lambda path: archive_of(path, (member("a", mtime=2**80), b"one")),
    "two manifests": lambda path: archive_of(path, (member("manifest.json"), b"{}")),
    "a manifest of text": lambda path: archive_of(path, ONE, manifest=b"not json"),
    "a manifest without end": lambda path: archive_of(path, ONE, manifest=b"[" * 100_000),
    "a manifest that is a list": lambda path: archive_of(path, ONE, manifest=[1, 2]),
    "a manifest without files": lambda path: archive_of(path, ONE, manifest={"format": 1, "made_at": NOW.isoformat()}),
    "files that are a list": lambda path: archive_of(path, ONE, manifest={"format": 1, "made_at": "x", "files": [1]}),
    "a line without size": lambda path: archive_of(
        path, ONE, manifest={"format": 1, "made_at": NOW.isoformat(), "files": {"a": {"sha256": "x"}}}
    ),
    "no instant": lambda path: archive_of(path, manifest={"format": 1, "made_at": "yesterday", "files": {}}),
    "another version": lambda path: archive_of(path, ONE, manifest={"format": 2, "made_at": "x", "files": {}}),
    "another digest": lambda path: archive_of(
        path, ONE, manifest={"format": 1, "made_at": NOW.isoformat(), "files": {"a": {"sha256": "x", "size": 3}}}
    ),
    "a file that is not listed": lambda path: archive_of(
        path, ONE, manifest={"format": 1, "made_at": NOW.isoformat(), "files": {}}
    ),
}


@pytest.mark.parametrize("how", MALFORMED)
def test_a_malformed_archive_is_one_line_and_leaves_nothing(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    MALFORMED[how](tmp_path / "b.tar")
    before = kept(tmp_path)
    assert run_cli(["restore", "--from", str(tmp_path / "b.tar"), "--dir", str(tmp_path / "new")]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert str(tmp_path) in said.err
    assert "fault of this program" not in said.err
    assert len(said.err) < 500
    assert kept(tmp_path) == before
    assert not (tmp_path / "new").exists() or not list((tmp_path / "new").iterdir())


def test_any_damage_of_a_backup_is_a_line_or_nothing(state: Path, tmp_path: Path) -> None:
    """Bits of a real one turned at random: either it restores as it was, or it says that it does not."""
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    whole, random = (tmp_path / "b.tar").read_bytes(), Random(7)
    for number in range(60):
        content = bytearray(whole)
        for _ in range(random.choice((1, 3, 200))):
            content[random.randrange(len(content))] = random.randrange(256)
        (tmp_path / "c.tar").write_bytes(bytes(content))
        try:
            restore_backup(tmp_path / "c.tar", tmp_path / f"new{number}")
        except BackupError:
            assert kept(tmp_path / f"new{number}") == set()
    assert not list(tmp_path.glob(".*"))


def test_rights_that_this_program_never_gives_are_not_restored(tmp_path: Path) -> None:
    odd = [(member(f"m{mode:o}", mode=mode), b"x") for mode in (0o4755, 0o2755, 0o7777, 0o1666, 0o000, 0o444)]
    archive_of(tmp_path / "b.tar", *odd)
    assert run_cli(["restore", "--from", str(tmp_path / "b.tar"), "--dir", str(tmp_path / "new")]) == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert modes == {"m4755": 0o600, "m2755": 0o600, "m7777": 0o600, "m1666": 0o600, "m0": 0o400, "m444": 0o400}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_an_empty_disk_of_its_own_can_be_restored_into(state: Path, tmp_path: Path) -> None:
    write_backup(state, tmp_path / "b.tar", NOW, 1)
    with small_disk(tmp_path / "disk", 16 * 1024) as disk:
        restore_backup(tmp_path / "b.tar", disk)
        assert (disk / "recon.duckdb").exists()
        assert not list(disk.glob(".*"))
    assert not list(tmp_path.glob(".*"))
