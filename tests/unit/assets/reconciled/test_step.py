"""Statements that would have no row are not run, and nothing else is different."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from recon.matching.plan import Statement
from resources.engine import Engine
from tests.support.day import History, MemoryWarehouse, memory_warehouse

KEPT = ("payments", "refunds", "fees", "found", "gone", "conservation", "side_counts", "repeated_rows", "lost_inputs")
ORDERS = "order | pay\nA | SUCCESS\nB | INIT\nC | SUCCESS"
REPORT = "type | request | original\nPAYMENT | A |\nPAYMENT | B |\nREFUND | V | A\nPAYMENT | X |"


SIDES = {
    "without fees": {"orders": ORDERS, "refunds": "refund | order\nV | A", "report": REPORT},
    "without a break": {"orders": "order\nA", "report": "type | request\nPAYMENT | A"},
    "without refunds": {
        "orders": ORDERS,
        "report": "type | request\nPAYMENT | A",
        "charged": "request | fee\nX | 1.00 EUR",
    },
    "without reports": {"orders": ORDERS, "refunds": "refund | order\nV | A"},
    "without orders": {"report": REPORT, "charged": "request | fee\nA | 0.01 EUR\nV | 0.02 EUR"},
    "nothing": {},
}


def kept(warehouse: MemoryWarehouse, sides: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """What a day, and one on which nothing comes, leave behind."""
    warehouse.empty()
    history = History(warehouse)
    history.play(**sides)
    history.play(1)
    with warehouse.connect() as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in (*(f"reconciled.{name}" for name in KEPT), "breaks.items", "breaks.movements")
        }


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


class SparesNothing(Engine):
    """Runs each statement."""

    def leave_empty(self, statement: Statement) -> None:
        self.run(statement)


@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
def test_they_would_have_found_nothing_more(
    warehouse: MemoryWarehouse, monkeypatch: pytest.MonkeyPatch, sides: dict[str, str]
) -> None:
    spared = kept(warehouse, sides)
    monkeypatch.setattr(warehouse, "open_engine", lambda connection, _: nullcontext(SparesNothing(connection)))
    assert kept(warehouse, sides) == spared
    assert bool(sides) == bool(spared["reconciled.side_counts"])
