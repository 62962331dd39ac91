"""B05: settled, and no clearing batch of ours stands behind it."""

from __future__ import annotations

from datetime import date

import pytest

from recon.settlement.terms import SettlementTerms
from tests.support.settled import FRI, MON, NEXT_THU, NEXT_WED, THU, TUE, WED, Books


def test_a_batch_that_no_report_brought_until_it_comes() -> None:
    books = Books()
    books.settle(THU, "S1", ("C7", 70))
    assert books.outcomes(WED) == {"C7": "B05"}
    (found,) = books.breaks(WED)
    assert (found["provider_transaction_id"], found["report_amount_minor"]) == ("A1:EUR:C7", 70)
    books.clear(TUE, "C7", 70)
    assert books.outcomes(WED) == {"C7": "SETTLED"}


def test_batches_of_the_time_before_the_first_day_are_no_break() -> None:
    books = Books(start=MON)
    books.settle(TUE, "S0", ("OLD", 70))
    books.settle(WED, "S1", ("OLDER", 70))  # due with the batch of the first day at the latest
    assert books.outcomes(WED) == {"OLD": "BEFORE_FIRST_DAY", "OLDER": "BEFORE_FIRST_DAY"}
    assert books.breaks(WED) == []


@pytest.mark.parametrize("terms", [SettlementTerms(minimum_minor=100), SettlementTerms(pays_negative=False)])
def test_the_first_settlement_may_carry_older_batches(terms: SettlementTerms) -> None:
    books = Books([terms], start=MON)
    books.settle(FRI, "S1", ("OLD", 170))
    assert books.outcomes(THU) == {"OLD": "BEFORE_FIRST_DAY"}


def test_the_last_batch_of_the_time_before_us_may_miss_the_first_settlement_that_we_see() -> None:
    books = Books([SettlementTerms(minimum_minor=100)], start=FRI)
    books.settle(FRI, "S1", ("WEDNESDAY", 500))
    books.settle(NEXT_WED, "S2", ("THURSDAY", 30), ("C1", 90))  # due on Monday, and too small for it
    books.settle(NEXT_THU, "S3", ("STRANGER", 5))
    books.clear(FRI, "C1", 90)
    found = books.outcomes(NEXT_WED)
    assert (found["THURSDAY"], found["C1"], found["STRANGER"]) == ("BEFORE_FIRST_DAY", "SETTLED", "B05")


def test_an_amount_beside_the_lines_is_a_break_of_the_settlement() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C1", 1000), total=940)
    assert books.outcomes(TUE) == {"C1": "SETTLED"}
    (found,) = books.breaks(TUE)
    assert (found["key_kind"], found["code"], found["report_amount_minor"]) == ("settlement", "B05", -60)


@pytest.mark.parametrize("day", [WED, THU])  # a batch of the time before us may come until Wednesday
def test_a_batch_paid_under_another_agreement_is_unknown_there_and_missing_here(day: date) -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1")
    books.settle(day, "S2", ("C1", 1000), agreement="A2")
    codes = {found["provider_transaction_id"]: (found["code"], found["flags"]) for found in books.breaks(WED)}
    assert codes == {"A1:EUR:C1": ("B02", ""), "A2:EUR:C1": ("B05", "OTHER_SET")}
