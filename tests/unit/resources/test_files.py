"""Who may read what this program writes: its user alone, or its group as well, and nobody else."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from resources.files import PART, UNLOCKED_SECONDS, copy_elsewhere, try_lock, write_atomically
from tests.support import ROOT

REPORT = "transactionItems_1022172000000000001_EUR_2026112000000001_AGR-1_000.csv"


@pytest.mark.parametrize("name", ["what?", "100%25", "a%0ab"])
def test_a_folder_that_no_database_can_be_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = (ROOT / "config" / "recon.toml").read_text("utf-8")
    (tmp_path / "recon.toml").write_text(text.replace("var/state", f"var/{name}"))
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    assert run_cli(["land", "--from", str(tmp_path)]) == 1
    assert "warehouse.directory" in capsys.readouterr().err
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(("readers", "file", "landed", "folder"), [("owner", 0o600, 0o400, 0o700),
                                                                   ("group", 0o640, 0o440, 0o750)])  # fmt: skip
def test_files_are_created_for_those_who_may_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readers: str, file: int, landed: int, folder: int
) -> None:
    text = (ROOT / "config" / "recon.toml").read_text("utf-8")
    assert 'readable_by = "owner"' in text
    (tmp_path / "recon.toml").write_text(text.replace('readable_by = "owner"', f'readable_by = "{readers}"'))
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    delivered = tmp_path / "20261121"
    delivered.mkdir()
    (delivered / REPORT).write_text("totalCount\n0\n\nclearingBatchId\n<END>\n")
    before = os.umask(0o022)
    try:
        assert run_cli(["land", "--from", str(delivered)]) == 0
        assert run_cli(["backup", "--to", str(tmp_path / "backups" / "b.tar")]) == 0
        assert os.umask(0o022) == 0o022, "the process that called gets its own rights back"
    finally:
        os.umask(before)
    state = tmp_path / "var" / "state"
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (*state.rglob("*"), tmp_path / "backups" / "b.tar")
    }
    assert modes.pop(f"{REPORT}.v1") == landed
    assert modes.pop("landed") == modes.pop("2026-11-21") == folder
    assert set(modes.values()) == {file}
    assert {".lock", f"{REPORT}.v1.json", "b.tar"} <= set(modes)


def test_what_a_killed_process_left_of_a_file_goes_when_the_file_is_written_again(tmp_path: Path) -> None:
    file, before = tmp_path / "rows [1].parquet", time.time() - UNLOCKED_SECONDS - 1
    left, held, begun, other = (
        tmp_path / f".{name}{PART}"
        for name in (f"{file.name}.1", f"{file.name}.2", f"{file.name}.3", "rows 1.parquet.4")
    )
    for part in (left, held, other):
        part.write_bytes(b"half")
        os.utime(part, (before, before))
    begun.touch()
    with held.open("rb") as of_a_living_process:
        assert try_lock(of_a_living_process)
        write_atomically(file, b"whole")
    assert set(tmp_path.iterdir()) == {file, held, begun, other}
    assert file.read_bytes() == b"whole"


def test_a_copy_that_cannot_be_made_is_an_error_of_the_disk_about_the_copy(tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"rows")
    copy_elsewhere(source, copy)
    assert copy.read_bytes() == b"rows"
    with pytest.raises(FileNotFoundError) as raised:
        copy_elsewhere(source, tmp_path / "nowhere" / "copy")
    assert raised.value.filename == str(tmp_path / "nowhere" / "copy")
