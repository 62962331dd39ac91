"""Where there are no fees, the statements of fees are not run, and nothing else is different."""

from __future__ import annotations

import pytest

from assets.reconciled import step
from recon.matching.plan import RECONCILE
from tests.support.day import History, MemoryWarehouse, memory_warehouse

KEPT = ("payments", "refunds", "fees", "found", "gone", "conservation", "side_counts", "repeated_rows", "lost_inputs")
ORDERS = "order | pay\nA | SUCCESS\nB | INIT\nC | SUCCESS"
REPORT = "type | request | original\nPAYMENT | A |\nPAYMENT | B |\nREFUND | V | A\nPAYMENT | X |"


def kept(warehouse: MemoryWarehouse) -> dict[str, list[tuple[object, ...]]]:
    """What two days without fees leave behind."""
    history = History(warehouse)
    history.play(orders=ORDERS, refunds="refund | order\nV | A", report=REPORT)
    history.play(1)
    with warehouse.connect() as connection:
        return {
            name: connection.execute(f"SELECT * FROM reconciled.{name} ORDER BY ALL").fetchall() for name in KEPT
        } | {"items": connection.execute("SELECT * FROM breaks.items ORDER BY ALL").fetchall()}


def test_it_finds_what_the_statements_of_fees_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    with memory_warehouse() as warehouse:
        spared = kept(warehouse)
    monkeypatch.setattr(step, "WITHOUT_FEES", RECONCILE)
    with memory_warehouse() as warehouse:
        assert kept(warehouse) == spared
    assert len(spared["items"]) > 4
    assert not spared["fees"]
