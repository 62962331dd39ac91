"""B07: the bank received another amount than the settlement says. Without a bank line the last edge stays open."""

from __future__ import annotations

from tests.support.settled import FRI, MON, THU, TUE, WED, Books


def settled() -> Books:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000), value=THU)
    return books


def states(books: Books, day) -> list[tuple]:
    return books.as_of(day).settlements.select("settlement_batch_id", "outcome", "flags").rows()


def test_without_a_bank_line_the_edge_is_open() -> None:
    assert states(settled(), TUE) == [("S1", "OPEN_AT_BANK", "")]


def test_the_same_amount_closes_it_on_the_day_of_the_money() -> None:
    books = settled()
    books.receive("S1", 1000, THU)
    assert states(books, TUE) == [("S1", "OPEN_AT_BANK", "")]
    assert states(books, WED) == [("S1", "RECEIVED", "")]


def test_several_lines_of_the_bank_are_one_amount() -> None:
    books = settled()
    books.receive("S1", 400, THU)
    books.receive("S1", 600, THU)
    assert states(books, WED) == [("S1", "RECEIVED", "")]


def test_another_amount() -> None:
    books = settled()
    books.receive("S1", 985, FRI)
    assert states(books, WED) == [("S1", "OPEN_AT_BANK", "")]
    assert states(books, THU) == [("S1", "B07", "B06 BANK_LATE")]
    (found,) = books.breaks(THU)
    assert (found["order_amount_minor"], found["report_amount_minor"]) == (985, 1000)


def test_two_agreements_whose_settlements_share_an_id_share_its_lines() -> None:
    books = settled()
    books.clear(MON, "C2", 500, agreement="A2")
    books.settle(WED, "S1", ("C2", 500), value=THU, agreement="A2")
    books.receive("S1", 1500, THU)
    assert [state[1] for state in states(books, WED)] == ["RECEIVED", "RECEIVED"]
    books.receive("S1", -15, THU)
    assert [state[1] for state in states(books, WED)] == ["B07", "B07"]
