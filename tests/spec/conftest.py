"""Each test gets an empty history; the database behind it is opened once.

A test that wants nothing but a history is a case that can share a day with others (`tests.support.shared_day`). A case
that has passed there is done; every other is played on a day of its own, as all are with `--own-days`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.day import History, MemoryWarehouse, memory_warehouse
from tests.support.shared_day import passed_together

CASES_A_DAY = 120
PASSED = pytest.StashKey[dict[str, bool]]()


@pytest.fixture(scope="session")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


@pytest.fixture
def history(warehouse: MemoryWarehouse) -> History:
    warehouse.empty()
    return History(warehouse)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A case that has passed on a shared day is not played again."""
    if pyfuncitem.config.getoption("own_days") or not _can_share(pyfuncitem):
        return None
    passed = pyfuncitem.session.stash.setdefault(PASSED, {})
    if pyfuncitem.nodeid not in passed:
        warehouse = pyfuncitem.funcargs["history"].warehouse
        cases = {item.nodeid: partial(item.obj, **_parameters(item)) for item in _neighbours(pyfuncitem)}
        together = passed_together(warehouse, cases)
        passed |= {name: name in together for name in cases}
        warehouse.empty()
    return passed[pyfuncitem.nodeid] or None


def _neighbours(item: pytest.Function) -> list[pytest.Function]:
    """The cases of this run that share a day with this one."""
    cases = [each for each in item.session.items if isinstance(each, pytest.Function) and _can_share(each)]
    first = cases.index(item) // CASES_A_DAY * CASES_A_DAY
    return cases[first : first + CASES_A_DAY]


def _can_share(item: pytest.Function) -> bool:
    return "history" in item.fixturenames and not (
        set(item.fixturenames) - {"history", "warehouse", "request"} - _parameters(item).keys()
    )


def _parameters(item: pytest.Function) -> dict[str, object]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}
