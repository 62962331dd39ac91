"""What belongs to a day: cold start, late orders, late changes, and what waits for tomorrow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recon.tolerance import Tolerance
from tests.support.day import History
from tests.support.shared_day import can_share


def test_a_day_without_anything(history: History) -> None:
    day = history.play()
    assert day.items.is_empty()
    assert day.payments == {}


def test_what_happens_after_the_cut_belongs_to_the_next_day(history: History) -> None:
    day = history.play(
        orders="""
            order | created  | pay     | confirm
            O1    | +1 00:00 | SUCCESS | CONFIRMED
            O2    | +1 07:00 | INIT    | NOT_CONFIRMED
            O3    | 23:59:59 | SUCCESS | CONFIRMED
        """,
        refunds="""
            refund | order | requested | amount
            V1     | O3    | +1 00:10  | 4.00 EUR
        """,
    )
    assert day.items.is_empty()
    later = history.play(1)
    later.shows("""
        order | refund | code
        O1    |        | T01
        O3    |        | T01
        O2    |        | P17
        O3    | V1     | T02
    """)


def test_cold_start_only_partners_are_loaded(history: History) -> None:
    """Before the first day: unreported is no break; a report row or a refund makes it a partner."""
    day = history.play(
        orders="""
            order   | created  | updated
            OLD     | -1 12:00 | -1 12:00
            CHANGED | -3 12:00 | 12:00
            LATE    | -1 12:00 | -1 12:00
            PARTNER | -5 12:00 | -5 12:00
        """,
        refunds="""
            refund | order   | amount   | requested | updated
            V1     | PARTNER | 4.00 EUR | 13:00     | 13:00
            V0     | OLD     | 4.00 EUR | -1 13:00  | -1 13:00
        """,
        report="""
            type    | request | original | amount    | at
            PAYMENT | LATE    |          | 10.00 EUR | -1 12:00
            REFUND  | V1      | PARTNER  | 4.00 EUR  | 13:00
        """,
    )
    day.shows("""
        order | code
        LATE  | P12
    """)
    assert day.refunds == {"V1": "R00"}


def test_an_order_seen_for_the_first_time_on_a_later_day(history: History) -> None:
    history.play()
    history.play(1)
    day = history.play(
        2,
        orders="""
            order | created  | updated
            O1    | -2 12:00 | -2 12:00
            O2    | -1 12:00 | -1 12:00
        """,
    )
    day.shows("""
        order | code
        O1    | P07
        O2    | T01
    """)


def test_a_settled_order_changes_later(history: History) -> None:
    history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | amount
            V2     | O2    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V2      | O2       | 4.00 EUR
        """,
    ).shows("code")
    history.play(1)
    history.play(2)
    history.play(3)
    day = history.play(
        4,
        orders="""
            order | confirm
            O1    | CANCELLED
            O2    | CANCELLED
        """,
    )
    day.shows("""
        order | code | at_risk
        O1    | P05  | 10.00 EUR
        O2    | P05  | 6.00 EUR
    """)


def test_a_settled_order_is_touched_and_stays_settled(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    )
    day = history.play(
        1,
        orders="""
            order | confirmed
            O1    | 15:00
        """,
    )
    assert day.items.is_empty()


def test_a_settled_refund_changes_later(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    )
    history.play(1)
    day = history.play(
        2,
        refunds="""
            refund | local
            V1     | VOID_FAILED
        """,
    )
    day.shows("""
        refund | code | flags
        V1     | R01  | NO_ALERT
    """)


def test_a_row_before_the_day_of_its_order(history: History) -> None:
    """The report names it early; on its own day it is settled, and a second row is a double one."""
    history.tolerance = Tolerance(systematic_shift_share=1)
    first = history.play(
        orders="""
            order | created  | paid
            O1    | 23:59:50 | +1 00:00:05
            O2    | 23:59:50 | +1 00:00:05
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    first.shows("""
        order | code
        O1    | P12
        O2    | P12
    """)
    second = history.play(
        1,
        report="""
            type    | request
            PAYMENT | O2
        """,
    )
    assert second.payments["O1"] == "P00"
    second.shows("""
        order | code | flags
        O2    | P10  | SAME_TXN
    """)


def test_each_open_break_has_an_outcome_whatever_changes_in_our_database(history: History) -> None:
    """Else the day would not prove itself. Without a row, nothing from before the first day can be judged."""
    history.play(
        orders="""
            order  | created  | updated  | pay     | confirm       | transaction
            ID     | -1 12:00 | -1 12:00 | INIT    | NOT_CONFIRMED | -
            STORED | -1 12:00 | -1 12:00 | SUCCESS | CONFIRMED     | PAY-X
            TIME   | 12:00    | 12:00    | SUCCESS | CONFIRMED     | -
            O1     | 12:00    | 12:00    | SUCCESS | CONFIRMED     | -
            O2     | 12:00    | 12:00    | SUCCESS | CONFIRMED     | -
        """,
        refunds="""
            refund | order | requested | provider | local       | amount
            V1     | O1    | 13:00     | SUCCESS  | VOIDED      | 4.00 EUR
            V2     | O1    | 13:00     | FAILED   | VOIDED      | 1.00 EUR
            V3     | O2    | -1 13:00  | SUCCESS  | VOID_FAILED | 2.00 EUR
        """,
        report="""
            type    | request | original | transaction | amount
            PAYMENT | ID      |          | PAY-ID      | 10.00 EUR
            PAYMENT | -       |          | PAY-X       | 9.00 EUR
            PAYMENT | O1      |          | PAY-1       | 10.00 EUR
            PAYMENT | O2      |          | PAY-2       | 10.00 EUR
            REFUND  | V3      | O2       | RFD-3       | 3.00 EUR
        """,
    ).shows("""
        order  | refund | code
        ID     |        | P01
        STORED |        | P08
        TIME   |        | T01
        O1     | V1     | T02
        O1     | V2     | R02
        O2     | V3     | R01
    """)
    history.orders["ID"]["payment_request_id"] = "NEW-ID"
    for record, times in (("TIME", ("created_at", "paid_at")), ("V1", ("requested_at", "refunded_at"))):
        known = history.orders.get(record) or history.refunds[record]
        known |= {name: known[name] - timedelta(days=1) for name in times}
    history.refunds["V2"]["order_key"] = "O2"
    history.refunds["V3"] |= {"refund_request_id": "NEW-V3", "provider_refund_id": "RFD-NEW"}
    day = history.play(1, orders="order | transaction\nOTHER | PAY-X")
    day.shows("""
        order  | refund | transaction | code
               |        | PAY-ID      | P06
        STORED |        | PAY-X       | P08
        OTHER  |        | PAY-X       | T01
        O2     | V2     |             | R02
        O2     | V3     | RFD-NEW     | R01
        O2     |        | RFD-3       | R04
    """)
    assert set(day.movements["outcome"].drop_nulls()) == {"OK_BEFORE_START"}
    assert day.movements["movement"].to_list().count("RESOLVED") == 3


def test_most_cases_share_their_day(request: pytest.FixtureRequest) -> None:
    """A fixture that every test has must not make each of them play alone."""
    cases = [item for item in request.session.items if "history" in getattr(item, "fixturenames", ())]
    shared = [item for item in cases if isinstance(item, pytest.Function) and can_share(item)]
    assert len(shared) >= 0.9 * len(cases)
