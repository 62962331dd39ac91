"""What every kind of test knows: how many examples are drawn, and the option of a deep run."""

from __future__ import annotations

import pytest

from tests.support.examples import load_profile

load_profile()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--own-days", action="store_true", help="play each case of tests/spec on a day of its own")
