"""A naive twin, written from the description of the breaks, finds the same on random days.

Each played day also proves conservation (no row in two outcomes), one identity per break, a reason for
each resolution, and the register identity, see `tests.support.day.prove`. Shrinking is switched off:
the sales of a history are nearly independent, and the message names the break.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given

from recon.breaks.catalogue import OF_ITS_DAY
from recon.matching.agreements import AgreementRule
from tests.support.day import History, MemoryWarehouse, PlayedDay, memory_warehouse
from tests.support.examples import examples
from tests.support.naive import Closed, NaiveDay
from tests.support.random_days import DAYS, START, Story, as_loaded, histories, inputs
from tests.support.records import Record

AGREEMENTS = (
    AgreementRule("A1", "EUR"),
    AgreementRule("A2", "EUR", psp="CN"),
    AgreementRule("A3", "USD", merchants=("M9",)),
)
EXPECTED = {"WALLET": ("EUR", "A1"), "CN": ("EUR", "A2")}
MAY_STILL_CHANGE = ("OK_AWAIT_CONFIRM", "OK_INFLIGHT")


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def seen(day: PlayedDay) -> dict[str, tuple[str, frozenset[str]]]:
    """Break id -> code and flags, but for those that only state on which day a row came."""
    return {
        row["break_id"]: (row["break_code"], frozenset(row["flags"].split()) - {*OF_ITS_DAY})
        for row in day.items.iter_rows(named=True)
    }


def handed_over(day: PlayedDay, naive: NaiveDay) -> set[str]:
    """What the next day has to look at again."""
    open_items = day.items.filter(pl.col("state") != "NOTED")
    return pending(naive) | set(open_items["break_id"])


def pending(naive: NaiveDay) -> set[str]:
    """Orders that are on no list yet."""
    return {key for key, verdict in naive.payments.items() if verdict.code in MAY_STILL_CHANGE}


def needed(day: PlayedDay, naive: NaiveDay) -> tuple[dict[str, Record], dict[str, Record]]:
    """Orders and refunds as the day knew them that its list hands over, and all refunds of these orders."""
    open_items = day.items.filter(pl.col("state") != "NOTED")
    keys = {*open_items["order_key"], *open_items["partner_key"], *pending(naive)}
    own = set(open_items["refund_key"])
    refunds = {key: refund for key, refund in naive.refunds.items() if key in own or refund["order_key"] in keys}
    return {key: order for key, order in naive.orders.items() if key in keys}, refunds


@given(stories=histories())
@examples(2, shrunk=False)
def test_a_naive_twin_finds_the_same(warehouse: MemoryWarehouse, stories: list[Story]) -> None:
    """The twin sees everything there ever was, the statements only what a source hands over for a day."""
    warehouse.empty()
    history = History(warehouse, start=START, agreements=AGREEMENTS)
    every_row: list[Record] = []
    carried: set[str] = set()
    before: pl.DataFrame | None = None
    known: tuple[dict[str, Record], dict[str, Record]] = ({}, {})
    closed = Closed()
    for offset in range(DAYS):
        clearing_day = START + timedelta(days=offset)
        orders, refunds, rows = inputs(stories, offset)
        every_row += rows
        there = ({order["order_key"] for order in orders}, {refund["refund_key"] for refund in refunds})
        gone = [record for was, now in zip(known, there, strict=True) for key, record in was.items() if key not in now]
        naive = NaiveDay(
            orders, refunds, every_row, clearing_day, START, history.tolerance, carried, EXPECTED, gone, closed
        )  # fmt: skip
        if before is not None:
            orders, refunds = as_loaded(orders, refunds, rows, clearing_day, before, set(known[1]))
        day = history.run(clearing_day, orders, refunds, rows)
        assert seen(day) == naive.breaks(), f"day {offset}"
        for key, code in day.payments.items():
            if key in naive.payments:
                assert code == naive.payments[key].code, f"day {offset}, {key}"
        before, carried, known = day.items, handed_over(day, naive), needed(day, naive)
        closed.add(naive, carried)
