"""From a real OpenSSH server to the landing store, also over a bad network and after a kill."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from recon.errors import ConfigurationError, HostKeyError, LandingError
from resources.landing import Landing, LandingReport
from tests.support.report_sftp import report_sftp
from tests.support.sshd import BadNetwork, Sshd, make_key, running_sshd

P = "102210000001"
REPORT_DATE = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
DETAIL = f"transactionItems_{P}_USD_B1_A1_000.csv"
SETTLED = f"settlement_{P}_USD_S1_A1_000.csv"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def server(sshd: Sshd, tmp_path: Path) -> Sshd:
    """The running server with an empty root of this test's own."""
    root = tmp_path / "root"
    for area in ("clearing", "settlement"):
        (root / "settlements" / area / P / "20261121").mkdir(parents=True)
    return Sshd(sshd.port, sshd.directory, root)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return a_landing(tmp_path / "landed")


def a_landing(directory: Path) -> Landing:
    return Landing(directory, participant_id=P, agreement_ids=["A1"], now=lambda: NOW)


def put(server: Sshd, name: str, content: bytes = b"x\n", area: str = "clearing") -> Path:
    """A file on the server."""
    path = server.root / "settlements" / area / P / "20261121" / name
    path.write_bytes(content)
    return path


def land(server: Sshd, landing: Landing, **other: object) -> LandingReport:
    with report_sftp(**server.settings(**other)) as sftp:
        return landing.land(REPORT_DATE, sftp)


def files_in(landing: Landing) -> dict[str, bytes]:
    """Everything in the store, dot files but the lock included."""
    paths = [p for p in landing.directory.rglob("*") if p.is_file() and p.name != ".lock"]
    return {str(p.relative_to(landing.directory)): p.read_bytes() for p in paths}


def test_reports_land_with_their_receipts(server: Sshd, landing: Landing) -> None:
    source = put(server, DETAIL, b"detail\n")
    put(server, SETTLED, b"settlement\n", "settlement")
    report = land(server, landing)
    assert [file.file_id for file in report.landed] == [f"{DETAIL}@v1", f"{SETTLED}@v1"]
    detail = landing.versions(REPORT_DATE)[1]
    assert detail == report.landed[0]
    assert detail.path.read_bytes() == b"detail\n"
    assert stat.S_IMODE(detail.path.stat().st_mode) == 0o444
    assert (detail.size, detail.seen_at, detail.report_date) == (7, NOW, REPORT_DATE)
    assert detail.mtime == datetime.fromtimestamp(int(source.stat().st_mtime), UTC)
    assert set(files_in(landing)) == {
        f"2026-11-21/{name}.v1{end}" for name in (DETAIL, SETTLED) for end in ("", ".json")
    }


def test_a_second_run_changes_nothing(server: Sshd, landing: Landing) -> None:
    source = put(server, DETAIL)
    land(server, landing)
    before = files_in(landing)
    assert [f.file_id for f in land(server, landing).already_there] == [f"{DETAIL}@v1"]
    os.utime(source, (1, 1))  # touched on the server: fetched again, but the same bytes
    report = land(server, landing)
    assert (report.landed, [f.file_id for f in report.already_there]) == ([], [f"{DETAIL}@v1"])
    assert files_in(landing) == before


def test_a_reissued_file_becomes_the_next_version(server: Sshd, landing: Landing) -> None:
    source = put(server, DETAIL, b"first\n")
    os.utime(source, (1, 1))
    land(server, landing)
    put(server, DETAIL, b"other\n")
    assert [file.file_id for file in land(server, landing).landed] == [f"{DETAIL}@v2"]
    newest, older = landing.versions(REPORT_DATE)
    assert (newest.version, newest.path.read_bytes()) == (2, b"other\n")
    assert (older.version, older.path.read_bytes()) == (1, b"first\n")


def test_what_is_set_aside_does_not_count_and_does_not_land_again(server: Sshd, landing: Landing) -> None:
    day = date(2026, 11, 20)
    os.utime(put(server, DETAIL, b"first\n"), (1, 1))
    land(server, landing)
    put(server, DETAIL, b"other\n")
    land(server, landing)
    before = files_in(landing)

    aside = landing.set_aside(day, DETAIL, "of another day")

    assert aside.file_id == f"{DETAIL}@v2"
    assert [file.file_id for file in landing.versions(REPORT_DATE)] == [f"{DETAIL}@v1"]
    assert [(file.version, file.set_aside) for file in landing.everything(REPORT_DATE)] == [
        (2, "of another day"),
        (1, ""),
    ]
    assert before.items() <= files_in(landing).items()  # nothing is lost
    assert land(server, landing).landed == []
    put(server, DETAIL, b"a third\n")
    assert [file.file_id for file in land(server, landing).landed] == [f"{DETAIL}@v3"]
    assert landing.take_back(day, DETAIL).file_id == f"{DETAIL}@v2"
    assert [file.version for file in landing.versions(REPORT_DATE)] == [3, 2, 1]


def test_only_what_is_there_can_be_set_aside(server: Sshd, landing: Landing) -> None:
    put(server, DETAIL)
    land(server, landing)
    with pytest.raises(LandingError, match=f"no such report of 2026-11-20: other.csv.*these are there: {DETAIL}"):
        landing.set_aside(date(2026, 11, 20), "other.csv", "wrong")
    with pytest.raises(LandingError, match="Nothing of this name was set aside"):
        landing.take_back(date(2026, 11, 20), DETAIL)


def test_an_absent_folder_is_an_empty_one(sshd: Sshd, landing: Landing, tmp_path: Path) -> None:
    assert land(Sshd(sshd.port, sshd.directory, tmp_path), landing) == LandingReport()


def test_the_server_is_left_as_it_was(server: Sshd, landing: Landing) -> None:
    source = put(server, DETAIL)
    before = [(p, p.stat().st_mtime_ns) for p in sorted(server.root.rglob("*"))]
    land(server, landing)
    assert [(p, p.stat().st_mtime_ns) for p in sorted(server.root.rglob("*"))] == before
    assert source.read_bytes() == b"x\n"


def test_what_is_no_report_is_listed_and_left_alone(server: Sshd, landing: Landing) -> None:
    outside = server.root.parent / "outside.csv"
    outside.write_bytes(b"secret\n")
    put(server, DETAIL + ".tmp")
    put(server, DETAIL + ".asc")
    put(server, "..\\..\\evil.csv")
    put(server, f"transactionItems_{P}_USD_B1\n_A1_000.csv")
    put(server, SETTLED)  # in the clearing folder
    put(server, f"feeItems_{P}_USD_B1_A1_000.csv").unlink()
    put(server, "x").with_name(f"feeItems_{P}_USD_B1_A1_000.csv").symlink_to(outside)
    put(server, "x").with_name(f"summary_{P}_USD_B1_A1_000.csv").mkdir()
    report = land(server, landing)
    reasons = {left.name: left.reason for left in report.left_alone}
    assert reasons[DETAIL + ".tmp"] == "still being written by the server"
    assert reasons[DETAIL + ".asc"] == "encrypted, and no key is configured"
    assert reasons[SETTLED] == "does not belong into the clearing folder"
    assert reasons[f"feeItems_{P}_USD_B1_A1_000.csv"] == "not a regular file"
    assert len(reasons) == 8
    assert all(name.isprintable() for name in reasons)
    assert files_in(landing) == {}


def test_an_unknown_host_key_is_refused(server: Sshd, landing: Landing, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    with (
        BadNetwork(server.port) as network,
        pytest.raises(HostKeyError, match=r"ssh-ed25519 SHA256:.* is not known"),
    ):
        land(server, landing, port=network.port, known_hosts=empty)
    assert network.connections == 1  # no second attempt
    assert empty.read_text() == ""


def test_a_changed_host_key_is_refused(server: Sshd, landing: Landing, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    key = (tmp_path / "other.pub").read_text()
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{server.port} {key}")
    with pytest.raises(HostKeyError, match="another host key"):
        land(server, landing, known_hosts=known_hosts)
    assert known_hosts.read_text() == f"[127.0.0.1]:{server.port} {key}"


def test_a_wrong_key_is_refused_without_showing_secrets(server: Sshd, landing: Landing, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    with pytest.raises(LandingError, match="refused the key or password") as caught:
        land(server, landing, private_key_file=tmp_path / "other", password="s3cret")
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(report_sftp(**server.settings(password="s3cret")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"private_key_file": None},
        {"private_key_file": Path("/nowhere/key")},
        {"known_hosts": Path("/nowhere/hosts")},
    ],
)
def test_wrong_settings_are_reported(server: Sshd, landing: Landing, wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        land(server, landing, **wrong)


def test_a_server_that_is_not_there_is_reported_in_one_line(server: Sshd, landing: Landing) -> None:
    with BadNetwork(server.port) as network:
        port = network.port
    with pytest.raises(LandingError, match=r"refused \(tried 3 times\)"):
        land(server, landing, port=port)


def test_a_connection_cut_in_mid_file_is_tried_again(server: Sshd, landing: Landing) -> None:
    content = os.urandom(3_000_000)
    put(server, DETAIL, content)
    with BadNetwork(server.port, cut_after=1_000_000, cuts=2) as network:
        report = land(server, landing, port=network.port)
    assert network.connections == 3
    assert report.landed[0].path.read_bytes() == content
    assert len(files_in(landing)) == 2


def test_a_connection_cut_for_good_leaves_nothing(server: Sshd, landing: Landing) -> None:
    put(server, DETAIL, os.urandom(3_000_000))
    with (
        BadNetwork(server.port, cut_after=1_000_000, cuts=9) as network,
        pytest.raises(LandingError, match="tried 3 times"),
    ):
        land(server, landing, port=network.port)
    assert files_in(landing) == {}


def test_a_kill_in_mid_download_is_repaired_by_the_next_run(server: Sshd, landing: Landing) -> None:
    content = os.urandom(3_000_000)
    put(server, DETAIL, content)
    with BadNetwork(server.port, pause_seconds=0.05) as network:
        settings = server.settings(network.port)
        child = multiprocessing.get_context("spawn").Process(target=land_in_child, args=(landing.directory, settings))
        child.start()
        wait_for_part(landing)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    assert [name for name in files_in(landing) if name.endswith(".part")]
    assert landing.versions(REPORT_DATE) == []
    assert land(server, landing).landed[0].path.read_bytes() == content
    assert len(files_in(landing)) == 2


def land_in_child(directory: Path, settings: dict[str, object]) -> None:
    with report_sftp(**settings) as sftp:
        a_landing(directory).land(REPORT_DATE, sftp)


def wait_for_part(landing: Landing) -> None:
    for _ in range(400):
        if any(part.stat().st_size for part in landing.directory.rglob("*.part")):
            return
        time.sleep(0.02)
    raise AssertionError("the download did not start")


def test_a_file_without_receipt_gets_one(server: Sshd, landing: Landing) -> None:
    put(server, DETAIL)
    (landed,) = land(server, landing).landed
    receipt = landed.path.with_name(landed.path.name + ".json")
    before = json.loads(receipt.read_text())
    receipt.unlink()
    assert landing.versions(REPORT_DATE) == []
    assert [file.file_id for file in land(server, landing).already_there] == [f"{DETAIL}@v1"]
    assert json.loads(receipt.read_text()) == before


def test_two_landings_at_once_give_one_version(server: Sshd, landing: Landing) -> None:
    content = os.urandom(2_000_000)
    put(server, DETAIL, content)
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.integration.test_sftp_landing import land_in_child\n"
        f"settings = {server.settings()!r}".replace("PosixPath", "Path")
        + f"\nland_in_child(Path({str(landing.directory)!r}), settings)\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    (only,) = landing.versions(REPORT_DATE)
    assert (only.version, only.path.read_bytes()) == (1, content)
    assert len(files_in(landing)) == 2


class TestByHand:
    """Reports downloaded from the Partner Workspace follow the same rules."""

    def test_the_folder_tells_the_report_date(self, landing: Landing, tmp_path: Path) -> None:
        folder = tmp_path / "download" / "20261121"
        folder.mkdir(parents=True)
        (folder / DETAIL).write_bytes(b"detail\n")
        (folder / "notes.txt").write_bytes(b"mine\n")
        report = landing.land_from(tmp_path / "download")
        assert [file.file_id for file in report.landed] == [f"{DETAIL}@v1"]
        assert [left.name for left in report.left_alone] == ["notes.txt"]
        assert landing.versions(REPORT_DATE) == report.landed
        assert landing.land_from(folder).landed == []  # the same again

    def test_the_clearing_day_tells_it_too(self, landing: Landing, tmp_path: Path) -> None:
        (tmp_path / DETAIL).write_bytes(b"detail\n")
        report = landing.land_from(tmp_path, day=date(2026, 11, 20))
        assert report.landed[0].report_date == REPORT_DATE

    def test_otherwise_nothing_is_landed(self, landing: Landing, tmp_path: Path) -> None:
        (tmp_path / DETAIL).write_bytes(b"detail\n")
        with pytest.raises(LandingError, match="report date is not known"):
            landing.land_from(tmp_path)
        assert files_in(landing) == {}

    def test_a_file_from_the_server_is_already_there(self, server: Sshd, landing: Landing, tmp_path: Path) -> None:
        put(server, DETAIL, b"same\n")
        land(server, landing)
        (tmp_path / "download").mkdir()
        (tmp_path / "download" / DETAIL).write_bytes(b"same\n")
        report = landing.land_from(tmp_path / "download", day=date(2026, 11, 20))
        assert (report.landed, len(report.already_there)) == ([], 1)
