"""B06: the value date is not the agreed one, or the bank received the money after it. Listed on its day only."""

from __future__ import annotations

from recon.reports.kinds.settlement import BANK
from recon.settlement.breaks import settlement_breaks
from recon.settlement.edges import settlement_edges
from recon.settlement.terms import SettlementTerms
from tests.support.settled import FRI, MON, NEXT_MON, SUN, THU, TUE, WED, Books, closed

T2_V1 = SettlementTerms(value_days=1)


def test_another_value_date_than_agreed() -> None:
    books = Books([T2_V1])
    books.clear(MON, "C1", 10)
    books.settle(WED, "S1", ("C1", 10), value=FRI)
    (found,) = books.breaks(TUE)
    assert (found["code"], found["key_kind"], found["noted_day"]) == ("B06", "settlement", TUE)


def test_the_agreed_value_date_counts_business_days() -> None:
    books = Books([SettlementTerms(value_days=1, calendar=closed(THU, FRI))])
    books.clear(MON, "C1", 10)
    books.settle(WED, "S1", ("C1", 10), value=NEXT_MON)
    assert books.breaks(TUE) == []


def test_a_value_date_is_not_judged_where_the_contract_does_not_say() -> None:
    books = Books()
    books.clear(MON, "C1", 10)
    books.settle(WED, "S1", ("C1", 10), value=FRI)
    assert books.breaks(TUE) == []


def test_money_that_came_after_its_value_date_is_noted_when_it_came() -> None:
    books = Books([T2_V1])
    books.clear(MON, "C1", 10)
    books.settle(WED, "S1", ("C1", 10), value=THU)
    books.receive("S1", 10, FRI)
    assert books.breaks(WED) == []
    (found,) = books.breaks(THU)
    assert (found["code"], found["flags"], found["noted_day"]) == ("B06", "BANK_LATE", THU)


def test_late_money_is_noted_on_the_list_that_first_sees_its_line() -> None:
    """The money came on Friday, and somebody wrote it down on Monday."""
    books = Books([T2_V1])
    books.clear(MON, "C1", 10)
    books.settle(WED, "S1", ("C1", 10), value=THU)
    known = books.as_of(SUN)
    books.receive("S1", 10, FRI)
    for before, noted in ((known, NEXT_MON), (books.as_of(SUN), THU)):
        settlement = books.as_of(NEXT_MON, before)
        (found,) = settlement_breaks(settlement).to_dicts()
        assert (found["code"], found["flags"], found["noted_day"]) == ("B06", "BANK_LATE", noted)
        compared = [edge for edge in settlement_edges(NEXT_MON, settlement) if edge.edge == BANK.name]
        assert bool(compared) == (noted == NEXT_MON)
