"""A disk that is full or read-only: one line with the path and the reason from every command, and nothing half done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from recon.runbook import section_of
from tests.support.disks import fill, read_only, small_disk
from tests.support.played import LAST_DAY, Played, play, seed_once, without_pages

DAY = LAST_DAY - timedelta(days=1)
READ_ONLY, FULL = "is read-only, and cannot be written", "no room left on the disk"
ODD = 'it\'s [x]* 50% ü "q" {a,b} #1'  # every command does with such a folder what it does with any other
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]
Recon = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One day, proved on a disk that is well, in a folder with a name that would be a pattern or an end elsewhere."""
    base = tmp_path_factory.mktemp("disk")
    with play(without_pages(seed_once(base / "seeded")), base / ODD / "box", are_rows_checked=False) as played:
        assert run_cli(["run", "--day", str(DAY)]) == 0
        yield played


@pytest.fixture
def recon(capsys: pytest.CaptureFixture[str]) -> Recon:
    """Runs a command line: exit code, what it prints, what it prints on stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def commands(played: Played) -> dict[str, list[str]]:
    """Every command that writes into the state directory, as a person types it."""
    file = next(iter(played.reports(DAY, "transactionItems"))).name
    reports = str(played.reports_folder(DAY))
    return {
        "run": ["run", "--day", str(DAY)],
        "land": ["land", "--day", str(LAST_DAY)],
        "land from": ["land", "--day", str(LAST_DAY), "--from", reports],
        "set aside": ["set-aside", "--day", str(DAY), file, "--because", "a test"],
        "inquire": ["inquire", "--day", str(DAY)],
        "export": ["export", "--day", str(DAY)],
        "backup": ["backup", "--to", str(played.folder / "b.tar")],
    }


def one_line_of(code: int, err: str, path: Path, reason: str) -> None:
    """A person sees where and what, and nothing of how the program is made."""
    assert code == 1
    assert err.count("\n") == 1, err
    assert str(path) in err
    assert reason in err
    assert "fault of this program" not in err
    assert section_of(err) == "Reason: the disk"


@pytest.mark.parametrize(
    "name", ["run", "land", "land from", "set aside", "inquire", "export", "backup"],
)  # fmt: skip
def test_a_read_only_state_is_named_by_every_command(proved: Played, recon: Recon, name: str) -> None:
    state = proved.settings.warehouse.directory
    before = proved.bytes_kept()
    with read_only(state):
        code, _, err = recon(*commands(proved)[name])
    one_line_of(code, err, state, READ_ONLY)
    assert proved.bytes_kept() == before


@pytest.mark.parametrize("name", ["run", "inquire", "land", "set aside"])
def test_a_full_state_is_named_by_every_command(
    proved: Played, recon: Recon, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records of Dagster are elsewhere and have room."""
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(tmp_path / "records"))
    state = proved.settings.warehouse.directory
    words = commands(proved)[name]
    copy = tmp_path / "state"
    shutil.copytree(state, copy)
    with small_disk(state, 64 * 1024):
        shutil.copytree(copy, state, dirs_exist_ok=True)
        room = fill(state)
        code, _, err = recon(*words)
        one_line_of(code, err, state, FULL)
        room.unlink()
        if name == "run":
            assert recon(*words)[0] == 0, "with room again, the day proves itself"


@pytest.mark.parametrize("kibibytes", [300, 1500, 4500])
def test_a_state_that_fills_up_within_a_run_is_named(
    proved: Played, recon: Recon, tmp_path: Path, kibibytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records of Dagster have room, so that every step may be the one that finds none."""
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(tmp_path / "records"))
    state = proved.settings.warehouse.directory
    with small_disk(state, kibibytes):
        code, _, err = recon("run", "--day", str(DAY))
        one_line_of(code, err, state, FULL)
        assert not [path for path in state.rglob("*.part") if path.parent.name != "published"]


@pytest.mark.parametrize("place", ["full", "read-only"])
def test_the_exports_are_named(proved: Played, recon: Recon, place: str) -> None:
    exports = proved.settings.exports.directory
    with small_disk(exports, 24) if place == "full" else read_only(exports):
        code, _, err = recon("export", "--day", str(DAY), "--format", "html")
    one_line_of(code, err, exports, FULL if place == "full" else READ_ONLY)


@pytest.mark.parametrize("place", ["full", "read-only"])
def test_the_records_of_dagster_are_named(
    proved: Played, recon: Recon, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = tmp_path / "records"
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(records))
    with small_disk(records, 100) if place == "full" else read_only(records):
        for words in (["run", "--day", str(DAY)], ["inquire", "--day", str(DAY)]):
            code, _, err = recon(*words)
            one_line_of(code, err, records, FULL if place == "full" else READ_ONLY)


def test_nobody_else_may_read_what_a_run_wrote(proved: Played) -> None:
    roots = (proved.settings.warehouse.directory, proved.settings.exports.directory / str(DAY))
    paths = [path for root in roots for path in root.rglob("*")]
    assert len(paths) > 50
    assert not [path for path in paths if path.stat().st_mode & 0o077]


def test_a_landed_file_that_changed_stops_the_day_before_anything_is_parsed(proved: Played, recon: Recon) -> None:
    landed = sorted((proved.settings.warehouse.directory / "landed").rglob("transactionItems_*.csv.v1"))[0]
    content, before, tables = landed.read_bytes(), state_of(proved), proved.tables()
    for change in (landed.unlink, lambda: landed.write_bytes(content.replace(b"0", b"1", 1)), landed.unlink):
        change()
        code, out, err = recon("run", "--day", str(DAY))
        assert (code, err.count("\n")) == (1, 1)
        assert str(landed) in err
        assert f"recon land --day {DAY}" in err
        assert "Reason: a kept file has changed" in out
        assert proved.tables() == tables
    assert proved.status(DAY) == ("proved", None)
    code, out, _ = recon("land", "--day", str(DAY))
    assert (code, landed.read_bytes()) == (0, content)
    assert f"restored   {landed.parent.name}/" in out
    assert recon("run", "--day", str(DAY))[0] == 0
    assert (state_of(proved), proved.status(DAY)) == (before, ("proved", None))


def state_of(played: Played) -> dict[str, str]:
    """Digest of every landed, parsed and frozen file."""
    return {name: digest for name, digest in played.bytes_kept().items() if name.startswith("state/")}


def test_what_only_reads_needs_no_disk_that_can_be_written(proved: Played, recon: Recon) -> None:
    key = proved.items(DAY)["payment_request_id"].drop_nulls()[0]
    with read_only(proved.settings.warehouse.directory):
        code, out, err = recon("trail", key)
        assert (code, err) == (0, "")
        assert key in out
        assert recon("inquire", "--day", str(DAY), "--dry-run")[0] == 0
        code, out, _ = recon("doctor")
    assert READ_ONLY in out


@pytest.mark.parametrize("place", ["full", "read-only"])
def test_new_folders_are_named(proved: Played, recon: Recon, tmp_path: Path, place: str) -> None:
    backup = tmp_path / "b.tar"
    assert recon("backup", "--to", str(backup))[0] == 0
    target = tmp_path / "target"
    for words in (
        ["backup", "--to", str(target / "b.tar")],
        ["restore", "--from", str(backup), "--dir", str(target / "state")],
        ["init", "--dir", str(target)],
        ["sandbox", "seed", "--dir", str(target / "box"), "--days", "1", "--payments", "10"],
    ):
        with small_disk(target, 40) if place == "full" else read_only(target):
            if place == "full":
                fill(target)
            code, _, err = recon(*words)
            one_line_of(code, err, target, FULL if place == "full" else READ_ONLY)
            left = {path.relative_to(target).parts[0] for path in target.rglob("*") if path.is_file()}
            assert left <= {"fill", "box"}, "nothing half-written, the play folder of the sandbox aside"
