"""What every kind of test knows: how many examples are drawn, and the option of a deep run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.examples import load_profile

load_profile()
TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--own-days", action="store_true", help="play each case of tests/spec on a day of its own")


ROOMS = ("e2e", "integration", "property", "golden", "spec", "architecture", "unit")  # what takes longest comes first


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups are dealt out in this order, so that no process works alone in the end."""
    items.sort(key=lambda item: ROOMS.index(item.path.relative_to(TESTS).parts[0]))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path.relative_to(TESTS))))


def _group(path: Path) -> str:
    """What runs in one process: a file, or the cases of a family of breaks, which share days."""
    return f"{path.parts[0]}/{path.stem[: len('test_p')]}" if path.parts[0] == "spec" else str(path)


@pytest.fixture(autouse=True)
def own_rights() -> Iterator[None]:
    """Loading a configuration says who may read what this process creates: the next test begins as before."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Nothing that a command does in this process outlives it: a variable left set would lead the next test astray."""
    before = dict(os.environ)
    yield
    left = {name for name, _ in before.items() ^ dict(os.environ).items()} - {"PYTEST_CURRENT_TEST"}
    os.environ.clear()
    os.environ.update(before)
    assert not left, f"variables of the environment that the test left changed: {sorted(left)}"
