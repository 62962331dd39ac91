"""What a person sees on the terminal of a day: one cause of many breaks is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.exports.step import export_day
from tests.support.listed import DAY, item, listed_day
from views.terminal import show_day


def printed(folder: Path, capsys: pytest.CaptureFixture[str], count: int) -> list[str]:
    caused = {"break_code": "C04", "severity": "S3", "cause": "interchange fees are charged with another rate"}
    items = [item(f"A{number}", **caused, currency="JPY" if number else "EUR") for number in range(count)]
    show_day(export_day(listed_day(folder, items), DAY, folder / "exports", ["csv"]).directory)
    return [line for line in capsys.readouterr().out.splitlines() if "another rate" in line]


def test_one_cause_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(tmp_path, capsys, 5) == [
        "C04   5 breaks, 2.50 EUR, 1,000 JPY: interchange fees are charged with another rate. "
        "Finance: Find the wrong figure."
    ]


def test_too_few_breaks_are_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(tmp_path, capsys, 4) == []
