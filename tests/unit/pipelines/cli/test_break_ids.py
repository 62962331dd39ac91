"""Break ids are read from whatever `recon breaks` prints, and nothing else is taken for one."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.cli.break_ids import read_break_ids
from recon.breaks.items import ITEM_SCHEMA
from recon.errors import DecisionError
from tests.support.listed import item
from views.selected_breaks import COLUMNS, PIPED, as_csv, as_json, table_rows
from views.terminal import show, table

ITEMS = pl.DataFrame([item("0001"), item("0002")], schema=ITEM_SCHEMA, orient="row")
NAMES = ["P/ogloba/order/0001", "P/ogloba/order/0002"]


def test_the_table_in_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    show(table("Clearing day 2026-11-20: 2 breaks of 2", (*COLUMNS, PIPED), table_rows(ITEMS, piped=True)))
    monkeypatch.setattr("sys.stdin", io.StringIO(capsys.readouterr().out))
    assert read_break_ids("-") == NAMES


@pytest.mark.parametrize(
    "text", [as_csv(ITEMS), as_json(ITEMS), "\n".join(NAMES), f"\n{NAMES[0]}\n\n{NAMES[1]}  \n{NAMES[0]}"]
)
def test_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ids"
    path.write_text(text)
    assert read_break_ids(str(path)) == NAMES


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{NAMES[0]}\nP08 and so on\n", "line 2"), ("", "no break is named"),
        (f"{NAMES[0]}\nand 1 trifle, each worth less\n", "line 2: represents several breaks"),
        (f"{NAMES[0]}\nand 1,070 trifles, each worth less\n", "recon breaks --csv"),
        ("[1, 2]", "is not a list of breaks in JSON"),
        (json.dumps([{"id": 1}]), "is not a list of breaks in JSON"),
    ],
)  # fmt: skip
def test_what_names_no_break_is_refused(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "ids"
    path.write_text(text)
    with pytest.raises(DecisionError, match=where):
        read_break_ids(str(path))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(DecisionError, match=r"none\.csv: cannot be read"):
        read_break_ids("none.csv")
