"""What every kind of test knows: how many examples are drawn, and the option of a deep run."""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # for this process and its forks: other tests run at the same time

import gc
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.examples import load_profile
from tests.support.shared_day import group_of

load_profile()
assert pl.thread_pool_size() == 1
del os.environ["POLARS_MAX_THREADS"]  # commands that tests start use all threads
TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--own-days", action="store_true", help="play each case of tests/spec and tests/golden alone")


ROOMS = ("e2e", "integration", "property", "golden", "spec", "architecture", "unit")  # what takes longest comes first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups are dealt out in this order, so that no process works alone in the end."""
    items.sort(key=lambda item: ROOMS.index(item.path.relative_to(TESTS).parts[0]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end: the garbage collector need not look at it again and again.
    What tests make is much, and little of it is garbage in cycles: it is looked for less often than by itself.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """What runs in one process: the tests of a file, or the cases of a family of breaks, which share days."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    """Deals out groups instead of tests, whatever `--dist` says."""
    return Groups(config, log)


@pytest.fixture(autouse=True)
def own_rights() -> Iterator[None]:
    """Loading a configuration says who may read what this process creates: the next test begins as before."""
    before = os.umask(0o022)
    yield
    os.umask(before)


BY_OTHERS = {"PYTEST_CURRENT_TEST", "SF_PARTNER"}  # the second by Great Expectations, whatever database it asks


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Nothing that a command does in this process outlives it: a variable left set would lead the next test astray."""
    before = dict(os.environ)
    yield
    left = {name for name, _ in before.items() ^ dict(os.environ).items()} - BY_OTHERS
    os.environ.clear()
    os.environ.update(before)
    assert not left, f"variables of the environment that the test left changed: {sorted(left)}"
