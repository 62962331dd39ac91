"""Cases that share a day: each is judged by its own lines, and none by those of another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.day import History, MemoryWarehouse, memory_warehouse
from tests.support.shared_day import SharedDays, Wanted, passed_together

PAID = {"orders": "order\nO1", "report": "request\nO1"}
MISSING = {"orders": "order | pay\nO1 | INIT", "report": "request\nO1"}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def agrees(history: History) -> None:
    day = history.play(**PAID)
    assert day.payments == {"O1": "P00"}
    assert day.items.is_empty()


def differs(history: History) -> None:
    history.play(**MISSING).shows("break_id | order | transaction | code\nP/shop/order/O1 | O1 | PAY-O1 | P01")


def differs_until_answered(history: History) -> None:
    history.play(**MISSING)
    answer = {"break_id": "P/shop/order/O1", "situation": "INIT/1", "order_key": "O1", "answer": "CLOSED"}
    history.answered(0, **answer).shows("order | code | verdict\nO1 | P01 | CONFIRMS_OURS")


def is_wrong(history: History) -> None:
    history.play(**MISSING).shows("order | code\nO1 | P02")


def is_wrong_on_the_second_day(history: History) -> None:
    history.play(**MISSING)
    assert history.play(1).items.is_empty()


def skips_a_day(history: History) -> None:
    history.play(**PAID)
    history.play(2)


def looks_into_the_warehouse(history: History) -> None:
    history.play(**PAID)
    history.warehouse.empty()


def test_a_case_passes_by_its_own_lines_and_fails_by_its_own(warehouse: MemoryWarehouse) -> None:
    good = [agrees, differs, differs_until_answered]
    bad = [is_wrong, is_wrong_on_the_second_day, looks_into_the_warehouse]
    cases = {case.__name__: case for case in [*good, *bad, agrees]}
    assert passed_together(warehouse, cases) == {case.__name__ for case in good}


def test_a_case_that_stops_the_day_stops_no_other(warehouse: MemoryWarehouse) -> None:
    cases = {"one": agrees, "other": differs, "skips": skips_a_day, "last": agrees}
    assert passed_together(warehouse, cases) >= {"one", "other"}
    assert "skips" not in passed_together(warehouse, cases)


def test_one_alone_has_no_day_to_share(warehouse: MemoryWarehouse) -> None:
    assert passed_together(warehouse, {"one": agrees}) == set()


def test_a_line_of_two_cases_is_noticed(warehouse: MemoryWarehouse) -> None:
    """If ids of one case reached the break of another, no case could be judged by that day."""
    history = History(warehouse)
    history.know(orders="order\ncase1~O1")
    wanted = Wanted(history.start, history.rules, [], list(history.orders.values()), [], ([], []))
    with pytest.raises(AssertionError, match="none of the cases, or to several"):
        SharedDays(warehouse).play({"case0~": wanted})
