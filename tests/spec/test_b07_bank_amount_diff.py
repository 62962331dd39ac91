"""B07: the bank received another amount than the settlement says. Without a bank line the last edge stays open."""

from __future__ import annotations

from datetime import date

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


def of_two_agreements(*receipts: tuple[int, date], day: date) -> list[tuple[str, int | None]]:
    """Outcome of two settlements of one id, 10.00 under A1 and 5.00 under A2, and what the bank received of each."""
    books = settled()
    books.clear(MON, "C2", 500, agreement="A2")
    books.settle(WED, "S1", ("C2", 500), value=THU, agreement="A2")
    for minor, value in receipts:
        books.receive("S1", minor, value)
    return books.as_of(day).settlements.select("outcome", "bank_minor").rows()


def test_two_agreements_whose_settlements_share_an_id_share_its_lines() -> None:
    assert of_two_agreements((1500, THU), day=WED) == [("RECEIVED", 1000), ("RECEIVED", 500)]
    assert of_two_agreements((1500, THU), (-15, THU), day=WED) == [("RECEIVED", 1000), ("B07", 485)]
    assert of_two_agreements((1515, THU), day=WED) == [("RECEIVED", 1000), ("B07", 515)]
    assert of_two_agreements((700, THU), day=WED) == [("B07", 700), ("OPEN_AT_BANK", None)]


def test_each_of_two_agreements_is_paid_on_a_day_of_its_own() -> None:
    """The money of one is neither that of the other one, nor late because the other one came late."""
    in_turn = ((1000, THU), (500, FRI))
    assert of_two_agreements(*in_turn, day=WED) == [("RECEIVED", 1000), ("OPEN_AT_BANK", None)]
    assert of_two_agreements(*in_turn, day=THU) == [("RECEIVED", 1000), ("B06", 500)]
    the_other_way = ((500, THU), (1000, FRI))
    assert of_two_agreements(*the_other_way, day=WED) == [("OPEN_AT_BANK", None), ("RECEIVED", 500)]
    assert of_two_agreements(*the_other_way, day=THU) == [("B06", 1000), ("RECEIVED", 500)]
