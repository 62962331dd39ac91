"""B01: cleared, and its settlement day has not come; with the day on which it is due."""

from __future__ import annotations

from recon.settlement.terms import SettlementTerms
from tests.support.settled import (
    FRI,
    MON,
    NEXT_FRI,
    NEXT_MON,
    NEXT_THU,
    NEXT_TUE,
    NEXT_WED,
    SAT,
    SUN,
    THU,
    TUE,
    WED,
    Books,
    closed,
)


def test_a_batch_waits_until_the_run_that_sees_its_settlement_day() -> None:
    books = Books()
    books.clear(MON, "C1", 1000)
    assert books.outcomes(MON) == {"C1": "B01"}
    assert books.due(MON) == {"C1": WED}
    assert books.breaks(MON)[0]["ref_day"] == TUE  # the run of Tuesday lands the folder of Wednesday
    books.settle(WED, "S1", ("C1", 1000))
    assert books.outcomes(MON) == {"C1": "B01"}
    assert books.outcomes(TUE) == {"C1": "SETTLED"}


def test_a_weekend_is_netted_into_one_settlement_day() -> None:
    books = Books()
    for day, batch in ((FRI, "C5"), (SAT, "C6"), (SUN, "C7")):
        books.clear(day, batch, 100)
    assert set(books.due(SUN).values()) == {NEXT_TUE}
    books.settle(NEXT_TUE, "S1", ("C5", 100), ("C6", 100), ("C7", 100))
    assert set(books.outcomes(NEXT_MON).values()) == {"SETTLED"}


def test_a_long_holiday_moves_the_due_day() -> None:
    books = Books([SettlementTerms(calendar=closed(NEXT_MON, NEXT_TUE, NEXT_WED))])
    books.clear(THU, "C4", 100)
    assert books.due(THU) == {"C4": NEXT_THU}
    assert books.outcomes(NEXT_TUE) == {"C4": "B01"}
    assert books.outcomes(NEXT_WED) == {"C4": "B02 NO_REPORT"}


def test_each_agreement_has_its_own_days() -> None:
    books = Books([SettlementTerms("CN", days_after_clearing=1), SettlementTerms()])
    books.clear(THU, "C1", 100, agreement="CN")
    books.clear(THU, "C2", 100)
    assert books.due(THU) == {"C1": FRI, "C2": NEXT_MON}


def test_a_small_amount_is_carried_over_until_the_sum_is_enough() -> None:
    books = Books([SettlementTerms(days_after_clearing=1, minimum_minor=100)])
    books.clear(MON, "C1", 60)
    assert books.outcomes(MON) == {"C1": "B01 CARRIED_OVER"}
    assert books.due(MON) == {"C1": WED}
    books.clear(TUE, "C2", 30)
    assert books.due(TUE) == {"C1": THU, "C2": THU}
    books.clear(WED, "C3", 20)
    assert books.outcomes(WED) == {"C1": "B02 NO_REPORT", "C2": "B02 NO_REPORT", "C3": "B02 NO_REPORT"}
    books.settle(THU, "S1", ("C1", 60), ("C2", 30), ("C3", 20))
    assert set(books.outcomes(WED).values()) == {"SETTLED"}
    assert books.outcomes(MON) == {"C1": "B01 CARRIED_OVER"}  # an old day run again says the same


def test_what_alipay_settles_although_it_is_little_is_settled() -> None:
    books = Books([SettlementTerms(days_after_clearing=1, minimum_minor=100)])
    books.clear(MON, "C1", 60)
    books.settle(TUE, "S1", ("C1", 60))
    assert books.outcomes(MON) == {"C1": "SETTLED"}


def test_a_net_of_zero_pays_nothing_and_waits_for_the_next_settlement() -> None:
    weekend = Books()
    for day, batch, minor in ((FRI, "C1", 700), (SAT, "C2", -500), (SUN, "C3", -200)):
        weekend.clear(day, batch, minor)
    assert set(weekend.outcomes(NEXT_MON).values()) == {"B01 CARRIED_OVER"}
    weekend.clear(NEXT_MON, "C4", 300)
    assert set(weekend.outcomes(NEXT_TUE).values()) == {"B02 NO_REPORT"}  # all four are due on Wednesday
    weekend.settle(NEXT_WED, "S1", ("C1", 700), ("C2", -500), ("C3", -200), ("C4", 300))
    assert set(weekend.outcomes(NEXT_TUE).values()) == {"SETTLED"}


def test_a_net_of_zero_may_be_reported_all_the_same() -> None:
    books = Books()
    books.clear(SAT, "C1", 500)
    books.clear(SUN, "C2", -500)
    books.settle(NEXT_TUE, "S1", ("C1", 500), ("C2", -500))
    assert set(books.outcomes(NEXT_MON).values()) == {"SETTLED"}
    assert set(books.due(NEXT_MON).values()) == {NEXT_TUE}


def test_a_negative_net_is_asked_for_or_carried_over_as_the_contract_says() -> None:
    for pays, expected in ((True, "B02 NO_REPORT"), (False, "B01 CARRIED_OVER")):
        books = Books([SettlementTerms(days_after_clearing=1, pays_negative=pays)])
        books.clear(MON, "C1", -500)
        assert books.outcomes(MON) == {"C1": expected}
    books.clear(TUE, "C2", 800)
    books.settle(WED, "S1", ("C1", -500), ("C2", 800))
    assert set(books.outcomes(TUE).values()) == {"SETTLED"}


def test_an_empty_batch_is_no_money_to_wait_for() -> None:
    books = Books()
    books.clear(MON, "C1", 0, count=0)
    assert books.outcomes(TUE) == {"C1": "NOTHING_TO_PAY"}
    books.settle(WED, "S1", ("C1", 0))
    assert books.outcomes(TUE) == {"C1": "SETTLED"}


def test_the_day_after_the_due_day_is_not_reached_twice() -> None:
    books = Books()
    books.clear(WED, "C3", 100)
    books.clear(THU, "C4", 100)
    books.settle(FRI, "S1", ("C3", 100))
    books.settle(NEXT_MON, "S2", ("C4", 100))
    assert books.outcomes(NEXT_FRI) == {"C3": "SETTLED", "C4": "SETTLED"}
    assert books.breaks(NEXT_FRI) == []
