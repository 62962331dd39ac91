"""Each golden day comes out as it was reviewed, to the byte, and shows the code it stands for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recon.breaks.catalogue import CATALOGUE
from tests.golden.cases import CASES, Case
from tests.golden.replay import replay
from tests.support.day import MemoryWarehouse, memory_warehouse


@pytest.fixture(scope="module")
def opened() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as warehouse:
        yield warehouse


@pytest.fixture
def warehouse(opened: MemoryWarehouse) -> MemoryWarehouse:
    """Opened once, and each case finds it empty."""
    opened.empty()
    return opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_golden_day(case: Case, warehouse: MemoryWarehouse) -> None:
    shown = ""
    for day, text in replay(case, warehouse):
        assert text == (case.folder / f"{day}.expected.csv").read_text("utf-8")
        shown += text
    assert f",{case.code}," in shown


def test_every_code_but_incidents_has_a_golden_day() -> None:
    assert {case.code for case in CASES} == {code for code, entry in CATALOGUE.items() if entry.family != "I"}
