"""Each test gets an empty history; the database behind it is opened once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.day import History, MemoryWarehouse, memory_warehouse


@pytest.fixture(scope="session")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


@pytest.fixture
def history(warehouse: MemoryWarehouse) -> History:
    warehouse.empty()
    return History(warehouse)
