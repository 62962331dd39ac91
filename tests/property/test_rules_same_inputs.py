"""The same inputs give the same bytes: run again, in another order of rows, without the first passes.

And honest inputs give no break at all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.matching.plan import sql
from tests.support.day import History, MemoryWarehouse, PlayedDay, memory_warehouse
from tests.support.examples import examples
from tests.support.random_days import DAYS, START, Story, histories, inputs

FEW = examples(3, shrunk=False)


@pytest.fixture(scope="module")
def warehouses() -> Iterator[tuple[MemoryWarehouse, MemoryWarehouse]]:
    with memory_warehouse() as one, memory_warehouse() as other:
        yield one, other


def written(day: PlayedDay) -> tuple[str, str]:
    """Items and movements as bytes would show them."""
    return day.items.write_csv(), day.movements.write_csv()


@given(stories=histories(), seed=st.integers(0, 1000))
@FEW
def test_rerun_shuffled_and_without_first_passes(
    warehouses: tuple[MemoryWarehouse, MemoryWarehouse], stories: list[Story], seed: int
) -> None:
    for warehouse in warehouses:
        warehouse.empty()
    plain, other = (History(warehouse, start=START) for warehouse in warehouses)
    order = random.Random(seed)
    for offset in range(DAYS):
        clearing_day = START + timedelta(days=offset)
        orders, refunds, rows = inputs(stories, offset)
        expected = plain.run(clearing_day, orders, refunds, rows)
        with plain.warehouse.connect() as connection:
            assert written(plain.rerun(clearing_day, connection)) == written(expected)
        for inputs_of_day in (orders, refunds, rows):
            order.shuffle(inputs_of_day)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("recon.matching.plan.sql", without_first_passes)
            assert written(other.run(clearing_day, orders, refunds, rows)) == written(expected)


def without_first_passes(name: str) -> str:
    """The same statements, but no payment and no refund is plainly in order."""
    text = sql(name)
    if name == "compared_payments":
        settled = ("COALESCE(\n      own_order.is_sold", "COALESCE(own_order.is_unpaid")
        assert [text.count(each) for each in settled] == [1, 1]
        for each in settled:
            text = text.replace(each, f"FALSE AND {each}")
        return text
    return f"{text.rstrip()}\n  AND FALSE" if name == "matched_refunds" else text


@st.composite
def honest_sales(draw: st.DrawFn) -> tuple[list[str], list[str], dict[int, list[str]]]:
    """Orders, refunds, and rows by day: partial refunds at the payment's own rate, each on its own day."""
    orders: list[str] = []
    refunds: list[str] = []
    rows: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for number in range(draw(st.sampled_from((1, 20, 20, 20)))):
        amount = draw(st.integers(100, 99_999))
        rate = draw(st.sampled_from([1.0, 0.13756, 1.09217, 0.5]))
        parts = draw(st.lists(st.integers(1, 50), max_size=5))
        is_full = draw(st.booleans())
        orders.append(f"O{number} | {shown(amount, 'EUR')} | {shown(round(amount * rate), 'USD')}")
        rows[0].append(f"PAYMENT | O{number} | | {orders[-1].split('|', 1)[1]} | 12:00:05")
        sums = [amount * part // 400 for part in parts]
        if parts and is_full:
            sums.append(amount - sum(sums))
        on = 0
        for place, part in enumerate(part for part in sums if part):
            on = min(on + draw(st.sampled_from([0, 0, 1])), 2)
            key, money = f"V{number}-{place}", shown(part, "EUR")
            refunds.append(f"{key} | O{number} | {money} | {on:+d} {13 + place}:00")
            rows[on].append(
                f"REFUND | {key} | O{number} | {money} | {shown(round(part * rate), 'USD')} | {13 + place}:00:05"
            )
    return orders, refunds, rows


def shown(minor: int, currency: str) -> str:
    return f"{minor // 100}.{minor % 100:02d} {currency}"


@given(sales=honest_sales())
@FEW
def test_several_partial_refunds_of_an_honest_house_are_no_break(
    warehouses: tuple[MemoryWarehouse, MemoryWarehouse], sales: tuple[list[str], list[str], dict[int, list[str]]]
) -> None:
    warehouse, _ = warehouses
    warehouse.empty()
    history = History(warehouse, start=START)
    orders, refunds, rows = sales
    history.know(
        orders="\n".join(["order | amount | settles", *orders]),
        refunds="\n".join(["refund | order | amount | requested", *refunds]),
    )
    for offset in range(3):
        report = "\n".join(["type | request | original | amount | settles | at", *rows[offset]])
        day = history.play(offset, report=report if rows[offset] else "")
        assert day.items.is_empty(), day.breaks("code", "order", "refund", "ours", "theirs", "flags")
