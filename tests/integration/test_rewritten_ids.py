"""A day whose ids a spreadsheet has rewritten is incomplete for that reason, and has no break that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.cli.commands import run_cli
from tests.support.played import LAST_DAY, Driven, drive, seed_once

DAY = LAST_DAY - timedelta(days=1)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    folder = tmp_path_factory.mktemp("rewritten")
    with drive(
        seed_once(folder / "seeded", faults=False, mode="standard"), folder / "box", are_rows_checked=False
    ) as one:
        yield one


def rewrite(file: Path, change: dict[str, str]) -> str:
    """The report in other words; returns what it was."""
    text = original = file.read_text()
    for pattern, by in change.items():
        text = re.sub(pattern, by, text, flags=re.MULTILINE)
    assert text != original
    file.write_text(text)
    return original


def test_ids_that_a_spreadsheet_rewrote_are_the_reason(
    box: Driven, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Three versions of the day's reports, and the original in the end."""
    (file, *_) = box.reports(DAY, "transactionItems")
    id_of_ours = r"^((?:[^,]*,){2})0+([1-9][0-9]*),"
    original = rewrite(file, {id_of_ours: r"\1\2,"})
    assert "the request id has lost its leading zeros" in box.run(DAY).reason
    file.write_text(original)
    rewrite(file, {r"^([^,]*),[0-9]{28},": r"\1,2.02611E+27,"})
    assert "line 4: transactionId is an id in scientific notation" in box.run(DAY).reason
    assert box.items(DAY).is_empty()
    file.write_text(original)
    rewrite(file, {r"^([^,]{16}),[^,]{10}([^,]*),[^,]*,": r"\1,2020010199\2,FOREIGN-\2,"})
    assert run_cli(["doctor", "--first-file", str(file)]) == 1
    assert "No column holds ids that our orders know" in " ".join(capsys.readouterr().out.split())
    assert "has an id that our orders know" in box.run(DAY).reason
    assert box.items(DAY).is_empty()
    file.write_text(original)
    assert box.run(DAY).reason == ""
    assert box.items(DAY).is_empty()
