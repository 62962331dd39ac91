"""`recon backup` and `recon restore` say how many decisions they copied, and prove that none was changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from tests.support.listed import item, listed_folder


def test_the_decisions_are_proved_on_both_ways(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = listed_folder(tmp_path / "box", [item("A")]).parent
    config = ("--config", str(folder / "recon.toml"))
    assert run_cli(["decide", "P/ogloba/order/A", "--assign", "anna", *config]) == 0
    assert run_cli(["backup", "--to", str(tmp_path / "b.tar"), *config]) == 0
    assert run_cli(["restore", "--from", str(tmp_path / "b.tar"), "--dir", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out.count("1 decision in it, none changed") == 2
    (journal,) = folder.rglob("decisions/journal.sqlite")
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER decisions_no_update")
        connection.execute("UPDATE decisions SET value = 'bob'")
    assert run_cli(["backup", "--to", str(tmp_path / "c.tar"), *config]) == 1
    assert "is not what was kept" in capsys.readouterr().err
