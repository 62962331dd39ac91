"""Each golden day comes out as it was reviewed, to the byte, and shows the code that it is named after.

What is not a settlement is first played together (`tests.support.shared_day`); what does not pass is played alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from recon.breaks.catalogue import CATALOGUE
from tests.golden import cases
from tests.golden.__main__ import write
from tests.golden.cases import CASES, Case
from tests.golden.replay import replay, replay_in
from tests.support.day import History, MemoryWarehouse, memory_warehouse
from tests.support.shared_day import passed_together


@pytest.fixture(scope="module")
def opened() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as warehouse:
        yield warehouse


@pytest.fixture
def warehouse(opened: MemoryWarehouse) -> MemoryWarehouse:
    """Opened once, and each case finds it empty."""
    opened.empty()
    return opened


@pytest.fixture(scope="module")
def passed(request: pytest.FixtureRequest, opened: MemoryWarehouse) -> set[str]:
    """The folders that came out as reviewed on days that they shared; settlements are not brought together there."""
    if request.config.getoption("own_days"):
        return set()
    cases = [item.callspec.params["case"] for item in request.session.items if is_golden_day(item)]
    return passed_together(opened, {case.folder.name: partial(shared, case) for case in cases if case.family != "B"})


def is_golden_day(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == test_golden_day.__name__


def shared(case: Case, history: History) -> None:
    with TemporaryDirectory() as folder:
        as_reviewed(case, replay_in(case, history, Path(folder)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_golden_day(case: Case, passed: set[str], warehouse: MemoryWarehouse) -> None:
    if case.folder.name not in passed:
        as_reviewed(case, replay(case, warehouse))


def as_reviewed(case: Case, days: Iterable[tuple[date, str]]) -> None:
    shown = ""
    for day, text in days:
        assert text == (case.folder / f"{day}.expected.csv").read_text("utf-8")
        shown += text
    assert f",{case.code}," in shown


@pytest.mark.parametrize("code", ["B01", "C04", "P05"])  # one for each way in which a folder is written
def test_a_folder_that_is_written_again_does_not_change(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in CASES if case.code == code)
    kept = contents(case.folder)
    monkeypatch.setattr(cases, "HERE", tmp_path)
    write(case)
    assert contents(case.folder) == kept


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_code_but_incidents_has_a_golden_day() -> None:
    assert {case.code for case in CASES} == {code for code, entry in CATALOGUE.items() if entry.family != "I"}
