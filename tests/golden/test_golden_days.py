"""Each golden day comes out as it was reviewed, to the byte, and shows the code it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.breaks.catalogue import CATALOGUE
from tests.golden.cases import CASES, Case
from tests.golden.replay import replay


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_golden_day(case: Case, tmp_path: Path) -> None:
    shown = ""
    for day, text in replay(case, tmp_path):
        assert text == (case.folder / f"{day}.expected.csv").read_text("utf-8")
        shown += text
    assert f",{case.code}," in shown


def test_every_code_but_incidents_has_a_golden_day() -> None:
    assert {case.code for case in CASES} == {code for code, entry in CATALOGUE.items() if entry.family != "I"}
