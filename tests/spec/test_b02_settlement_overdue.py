"""B02: the settlement day has come, and no settlement names the batch."""

from __future__ import annotations

from tests.support.settled import FRI, MON, THU, TUE, WED, Books


def test_a_forgotten_batch_is_overdue_until_a_later_settlement_brings_it() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.clear(TUE, "C2", 500)
    books.settle(WED, "S1")
    assert books.outcomes(TUE) == {"C1": "B02", "C2": "B01"}
    books.settle(THU, "S2", ("C2", 500))
    assert books.outcomes(WED) == {"C1": "B02", "C2": "SETTLED"}
    books.settle(FRI, "S3", ("C1", 1000))
    assert books.outcomes(THU) == {"C1": "SETTLED", "C2": "SETTLED"}
    assert books.outcomes(WED) == {"C1": "B02", "C2": "SETTLED"}


def test_without_any_settlement_report_the_flag_says_so() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    assert books.outcomes(TUE) == {"C1": "B02 NO_REPORT"}
    (found,) = books.breaks(TUE)
    assert found["provider_transaction_id"] == "A1:EUR:C1"
    assert (found["order_amount_minor"], found["report_amount_minor"]) == (1000, None)
    assert found["lines"] == "summary_C1:2"


def test_what_stays_small_next_to_a_forgotten_batch_is_not_hidden_by_it() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.settle(WED, "S1", ("C9", 5))
    assert books.outcomes(TUE)["C1"] == "B02"
