"""P17: the order never got a final answer; no report is needed to know it."""

from __future__ import annotations

from datetime import timedelta

from recon.tolerance import Tolerance
from tests.support.day import History


def test_stale_init(history: History) -> None:
    day = history.play(
        orders="""
            order | pay  | confirm       | created
            O1    | INIT | NOT_CONFIRMED | 12:00
            O2    | INIT | CANCELLED     | 23:59:59
        """,
    )
    day.shows("""
        order | code | severity | state | acts | deadline            | at_risk  | inquiry
        O1    | P17  | S3       | OPEN  | OPS  | 2027-11-20 12:00:00 | 0.00 EUR | Y
        O2    | P17  | S3       | OPEN  | OPS  | 2027-11-20 23:59:59 | 0.00 EUR | Y
    """)


def test_within_the_grace(history: History) -> None:
    """Nine hours of grace at 08:30 reach back to 23:30:00."""
    history.tolerance = Tolerance(init_grace=timedelta(hours=9))
    day = history.play(
        orders="""
            order | pay  | confirm       | created
            O1    | INIT | NOT_CONFIRMED | 23:29:59
            O2    | INIT | NOT_CONFIRMED | 23:30:00
        """,
    )
    assert day.payments == {"O1": "P17", "O2": "OK_INFLIGHT"}
    later = history.play(1)
    later.shows("""
        order | code
        O1    | P17
        O2    | P17
    """)


def test_a_late_success_keeps_the_identity(history: History) -> None:
    history.play(
        orders="""
            order | pay  | confirm
            O1    | INIT | NOT_CONFIRMED
        """,
    )
    day = history.play(
        1,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-9
        """,
    )
    day.shows("""
        order | code | before | age | break_id
        O1    | P01  | P17    | 1   | P/shop/order/O1
    """)


def test_paid_between_the_cut_and_the_run(history: History) -> None:
    """Carried forward, it stays in the list although its paid time is of the next day."""
    history.play(
        orders="""
            order | pay  | confirm
            O1    | INIT | NOT_CONFIRMED
        """,
    )
    second = history.play(
        1,
        orders="""
            order | pay     | confirm   | paid     | transaction | updated
            O1    | SUCCESS | CONFIRMED | +1 00:05 | PAY-O1      | +1 00:05
        """,
    )
    second.shows("""
        order | code | before
        O1    | T01  | P17
    """)
    third = history.play(
        2,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert third.payments == {"O1": "P00"}
    assert third.items.is_empty()
