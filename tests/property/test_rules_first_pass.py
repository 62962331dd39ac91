"""What must not matter: the first pass over the plain pairs, and the order in which rows come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given

from recon.matching.plan import sql
from tests.support.day import History, MemoryWarehouse, memory_warehouse
from tests.support.examples import examples
from tests.support.random_days import DAYS, START, Story, histories, inputs

FEW = examples(2, shrunk=False)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def lists(warehouse: MemoryWarehouse, stories: list[Story], arrange: Callable[[list], list]) -> list[str]:
    """The items and outcomes of every day, as text."""
    warehouse.empty()
    history = History(warehouse, start=START)
    days = []
    for offset in range(DAYS):
        orders, refunds, rows = (arrange(list(side)) for side in inputs(stories, offset))
        day = history.run(START + timedelta(days=offset), orders, refunds, rows)
        days.append(day.items.write_csv())
    return days


def without_first_pass(name: str) -> str:
    """The same statements, but no pair is plain."""
    text = sql(name)
    if name == "compared_payments":
        settled = ("COALESCE(\n      own_order.is_sold", "COALESCE(own_order.is_unpaid")
        assert [text.count(each) for each in settled] == [1, 1]
        for each in settled:
            text = text.replace(each, f"FALSE AND {each}")
        return text
    return f"{text.rstrip()}\n  AND FALSE" if name == "matched_refunds" else text


def shuffled(side: list) -> list:
    """The same rows in another order."""
    Random(7).shuffle(side)
    return side


@given(stories=histories())
@FEW
def test_neither_the_first_pass_nor_the_order_of_the_input_changes_a_byte(
    warehouse: MemoryWarehouse, stories: list[Story]
) -> None:
    usual = lists(warehouse, stories, list)
    assert lists(warehouse, stories, shuffled) == usual, "in another order"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recon.matching.plan.sql", without_first_pass)
        assert lists(warehouse, stories, list) == usual, "without the first pass"
