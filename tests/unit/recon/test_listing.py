"""Names in a sentence: never more than ten, and never without the end that tells them apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from recon.listing import some_of
from recon.reports.names import printable
from tests.support import ROOT

EXAMPLE = ROOT / "config" / "recon.toml"


def test_few_names_are_all_named_and_many_are_counted() -> None:
    assert some_of([]) == ""
    assert some_of("abc") == "a, b, c"
    assert some_of(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert some_of(range(10_000)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 9,990 more"


def test_of_a_long_name_the_end_is_shown() -> None:
    assert printable("short.csv") == "short.csv"
    long = printable("/inbox/" + "x" * 300 + "/20261120/name_005.csv")
    assert long.startswith("/inbox/xxx")
    assert long.endswith("xx/20261120/name_005.csv")
    assert len(long) == 120


def test_thousands_of_foreign_files_are_a_count_and_ten_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "20261121"
    inbox.mkdir()
    for number in range(2_000):
        (inbox / f"foreign-{number:04d}.txt").touch()
    text = EXAMPLE.read_text()
    (tmp_path / "recon.toml").write_text(text.replace('directory = "var/state"', f'directory = "{tmp_path}/state"'))
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    assert run_cli(["land", "--from", str(inbox)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert lines[0].startswith("left alone foreign-0000.txt: ")
    assert lines[10:] == ["left alone and 1,990 more", "0 files landed, 0 already there, 2,000 left alone"]
