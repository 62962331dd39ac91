"""A naive twin, written from the description of the breaks, finds the same on random days.

Each played day also proves conservation (no row in two outcomes), one identity per break, and the
register identity, see `tests.support.day.prove`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from recon.agreements import AgreementRule
from tests.support.day import History, MemoryWarehouse, PlayedDay, memory_warehouse
from tests.support.naive import NaiveDay
from tests.support.random_days import DAYS, START, Story, histories, inputs
from tests.support.records import Record

AGREEMENTS = (
    AgreementRule("A1", "EUR"),
    AgreementRule("A2", "EUR", psp="CN"),
    AgreementRule("A3", "USD", merchants=("M9",)),
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def seen(day: PlayedDay) -> dict[str, tuple[str, frozenset[str]]]:
    """Break id -> code and flags, but for those that only state on which day a row came."""
    return {
        row["break_id"]: (
            row["break_code"],
            frozenset(row["flags"].split()) - {"P12", "R11", "SYSTEMATIC"},
        )
        for row in day.items.iter_rows(named=True)
    }


@given(told=histories())
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_a_naive_twin_finds_the_same(warehouse: MemoryWarehouse, told: list[Story]) -> None:
    warehouse.empty()
    history = History(warehouse, start=START, agreements=AGREEMENTS)
    every_row: list[Record] = []
    handed_over: set[str] = set()
    for offset in range(DAYS):
        orders, refunds, rows = inputs(told, offset)
        every_row += rows
        naive = NaiveDay(
            orders,
            refunds,
            every_row,
            START + timedelta(days=offset),
            START,
            history.tolerance,
            handed_over,
            {"WALLET": ("EUR", "A1"), "CN": ("EUR", "A2")},
        )
        day = history.run(naive.day, orders, refunds, rows)
        assert seen(day) == naive.breaks(), f"day {offset}"
        for key, code in day.payments.items():
            if key in naive.payments:
                assert code == naive.payments[key].code, f"day {offset}, {key}"
        handed_over = {row["break_id"] for row in day.items.iter_rows(named=True) if row["state"] != "NOTED"} | {
            key for key, verdict in naive.payments.items() if verdict.code.startswith("OK_A")
        }
