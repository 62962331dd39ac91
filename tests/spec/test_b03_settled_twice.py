"""B03: settled in full, and named again, so that more was settled than cleared."""

from __future__ import annotations

from tests.support.settled import MON, THU, TUE, WED, Books


def test_the_same_batch_in_two_settlements() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000))
    books.settle(THU, "S2", ("C1", 1000))
    assert books.outcomes(TUE) == {"C1": "SETTLED"}
    assert books.outcomes(WED) == {"C1": "B03"}
    (found,) = books.breaks(WED)
    assert (found["order_amount_minor"], found["report_amount_minor"], found["excess_minor"]) == (1000, 2000, 1000)
    assert found["lines"] == "summary_C1:2 settlement_S1:4 settlement_S2:4"


def test_twice_in_one_settlement_and_a_part_on_top() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000), ("C1", 10))
    assert books.outcomes(TUE) == {"C1": "B03"}


def test_a_batch_of_refunds_settled_twice() -> None:
    books = Books()
    books.clear(MON, "C1", -300)
    books.settle(WED, "S1", ("C1", -300), ("C1", -300))
    assert books.outcomes(TUE) == {"C1": "B03"}
    assert books.breaks(TUE)[0]["excess_minor"] == 300


def test_taken_back_is_settled_once() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000), ("C1", 1000))
    books.settle(THU, "S2", ("C1", -1000))
    assert books.outcomes(TUE) == {"C1": "B03"}
    assert books.outcomes(WED) == {"C1": "SETTLED SPLIT"}


def test_taken_back_as_a_whole_it_is_not_settled_at_all() -> None:
    """Nothing is in excess: all of it is missing."""
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000))
    books.settle(THU, "S2", ("C1", -1000))
    assert books.outcomes(WED) == {"C1": "B04"}
    assert books.breaks(WED)[0]["report_amount_minor"] == 0


def test_a_part_taken_back_is_too_little_and_not_twice() -> None:
    books = Books()
    books.clear(MON, "C1", -300)
    books.settle(WED, "S1", ("C1", -300), ("C1", 100))
    assert books.outcomes(TUE) == {"C1": "B04"}
