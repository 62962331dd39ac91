"""B04: settled, with another amount than was cleared."""

from __future__ import annotations

import pytest

from recon.settlement.edges import settled_in_parts
from tests.support.settled import MON, THU, TUE, WED, Books


@pytest.mark.parametrize("settled", [999, 1001, -1000, 0])
def test_another_amount(settled: int) -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", settled))
    assert books.outcomes(TUE) == {"C1": "B04"}
    (found,) = books.breaks(TUE)
    assert (found["order_amount_minor"], found["report_amount_minor"]) == (1000, settled)


def test_in_parts_it_is_settled_when_the_parts_are_the_whole() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 600))
    books.settle(THU, "S2", ("C1", 400))
    assert books.outcomes(TUE) == {"C1": "B04"}
    assert settled_in_parts(books.as_of(TUE)) == {}
    assert books.outcomes(WED) == {"C1": "SETTLED SPLIT"}
    assert settled_in_parts(books.as_of(WED)) == {("A1", "EUR", "C1"): 1000}


def test_parts_that_are_not_the_whole() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 600), ("C1", 500))
    assert books.outcomes(TUE) == {"C1": "B04"}
