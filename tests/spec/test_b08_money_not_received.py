"""B08: the bank has no line of a settlement although its value date, and the days that a line may take, are over."""

from __future__ import annotations

from datetime import date, timedelta

from recon.settlement.terms import SettlementTerms
from tests.support.settled import FRI, MON, NEXT_MON, NEXT_TUE, NEXT_WED, THU, WED, Books, closed

DAY = timedelta(days=1)
TERMS = SettlementTerms(bank_days=2)
AGREED = SettlementTerms(value_days=1, bank_days=2)


def settled(terms: SettlementTerms = TERMS, total: int | None = None, value: date = THU) -> Books:
    """Two settlements of Wednesday, for Thursday; the bank file has a line of the first one. `value`: of the second."""
    books = Books([terms])
    books.clear(MON, "C1", 1000)
    books.clear(MON, "C2", 500)
    books.settle(WED, "S1", ("C1", 1000), value=THU)
    books.settle(WED, "S2", ("C2", 500), total=total, value=value)
    books.receive("S1", 1000, THU)
    return books


def outcome(books: Books, seen_on: date) -> tuple[str, str]:
    """Of S2, by the run that sees the reports of a day."""
    rows = books.as_of(seen_on - DAY).settlements.select("settlement_batch_id", "outcome", "flags").rows()
    return next(row[1:] for row in rows if row[0] == "S2")


def test_it_is_open_until_the_days_of_the_bank_are_over() -> None:
    """Thursday, and two business days: Monday is the last one."""
    books = settled()
    assert outcome(books, FRI) == ("OPEN_AT_BANK", "")
    assert outcome(books, NEXT_MON) == ("OPEN_AT_BANK", "")
    assert outcome(books, NEXT_TUE) == ("B08", "")
    (found,) = books.breaks(NEXT_MON)
    assert (found["code"], found["key_kind"], found["report_amount_minor"]) == ("B08", "settlement", 500)
    assert found["order_amount_minor"] is None


def test_holidays_of_the_contract_count() -> None:
    books = settled(SettlementTerms(bank_days=2, calendar=closed(NEXT_MON)))
    assert outcome(books, NEXT_TUE) == ("OPEN_AT_BANK", "")
    assert outcome(books, NEXT_WED) == ("B08", "")


def test_a_value_date_far_away_does_not_put_it_off() -> None:
    """By the contract the money is there on Thursday, whatever day the report names."""
    books = settled(AGREED, value=date(2036, 11, 19))
    assert outcome(books, NEXT_MON) == ("B06", "")
    assert outcome(books, NEXT_TUE) == ("B08", "B06")


def test_a_value_date_before_its_settlement_does_not_take_it_out_of_the_bank_file() -> None:
    books = settled(AGREED, value=date(2025, 11, 19))
    assert outcome(books, FRI) == ("B06", "")
    assert outcome(books, NEXT_MON) == ("B08", "B06")


def test_a_line_ends_it_whenever_it_is_written() -> None:
    books = settled()
    assert outcome(books, NEXT_WED) == ("B08", "")
    books.receive("S2", 500, THU)
    assert outcome(books, NEXT_WED) == ("RECEIVED", "")


def test_a_line_with_another_amount_is_another_break() -> None:
    books = settled()
    books.receive("S2", 400, THU)
    assert outcome(books, NEXT_WED) == ("B07", "")


def test_of_nothing_no_line_is_expected() -> None:
    assert outcome(settled(total=0), NEXT_WED) == ("B05", "")


def test_an_amount_without_a_batch_stands_behind_it() -> None:
    assert outcome(settled(total=510), NEXT_WED) == ("B08", "B05")


def test_what_is_older_than_the_bank_file_is_not_judged() -> None:
    books = settled()
    books.receipts = [row | {"value_date": FRI} for row in books.receipts]
    assert outcome(books, NEXT_WED) == ("OPEN_AT_BANK", "")
    books.receipts = []
    assert outcome(books, NEXT_WED) == ("OPEN_AT_BANK", "")


def test_a_line_from_before_its_settlement_does_not_begin_the_bank_file() -> None:
    """A slip of the pen in one year would make a break of all that was settled before."""
    books = settled()
    books.receipts = [row | {"value_date": date(2025, 11, 19)} for row in books.receipts]
    assert outcome(books, NEXT_WED) == ("OPEN_AT_BANK", "")


def test_without_days_in_the_contract_it_is_open_for_ever() -> None:
    assert outcome(settled(SettlementTerms()), NEXT_WED) == ("OPEN_AT_BANK", "")


def test_what_we_owe_is_no_money_that_never_came() -> None:
    """Refunds above payments: the settlement asks for money, and who enters credits never enters it."""
    books = settled()
    books.clear(MON, "C3", -300)
    books.settle(WED, "S3", ("C3", -300), value=THU)
    states = dict(books.as_of(NEXT_WED).settlements.select("settlement_batch_id", "outcome").rows())
    assert states == {"S1": "RECEIVED", "S2": "B08", "S3": "OPEN_AT_BANK"}
    books.receive("S3", -200, THU)
    states = dict(books.as_of(NEXT_WED).settlements.select("settlement_batch_id", "outcome").rows())
    assert states["S3"] == "B07"
