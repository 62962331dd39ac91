"""Each test gets an empty history; the database behind it is opened once.

A test that wants nothing but a history is a case that can share a day with others (`tests.support.shared_day`), unless
it is marked `own_day`: it stops the day, or looks at all orders of it. A case that has passed on a shared day is done;
every other is played on a day of its own, as all are with `--own-days`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.day import History, MemoryWarehouse, memory_warehouse
from tests.support.shared_day import can_share, group_of, parameters, passed_together

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
    if pyfuncitem.config.getoption("own_days") or not can_share(pyfuncitem):
        return None
    passed = pyfuncitem.session.stash.setdefault(PASSED, {})
    if pyfuncitem.nodeid not in passed:
        warehouse = pyfuncitem.funcargs["history"].warehouse
        cases = {item.nodeid: partial(item.obj, **parameters(item)) for item in _neighbours(pyfuncitem)}
        together = passed_together(warehouse, cases)
        passed |= {name: name in together for name in cases}
        warehouse.empty()
    return passed[pyfuncitem.nodeid] or None


def _neighbours(item: pytest.Function) -> list[pytest.Function]:
    """The cases of this run that share a day with this one: those of its process."""
    cases = [
        each
        for each in item.session.items
        if isinstance(each, pytest.Function) and group_of(each.nodeid) == group_of(item.nodeid) and can_share(each)
    ]
    first = cases.index(item) // CASES_A_DAY * CASES_A_DAY
    return cases[first : first + CASES_A_DAY]
