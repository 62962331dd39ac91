"""R14: cancelled after 00:15:00 UTC+8 of the next day; the customer has no money back."""

from __future__ import annotations

from datetime import timedelta

from tests.support.day import DAY, History


def test_the_deadline_is_inclusive(history: History) -> None:
    """16:14:59Z, 16:15:00Z and one second later; the order was made at 15:59:59Z."""
    day = history.play(
        orders="""
            order  | created   | paid      | cancel    | cancel_at
            EARLY  | 15:59:59Z | 15:59:59Z | REQUESTED | 16:14:59Z
            INTIME | 15:59:59Z | 15:59:59Z | UNKNOWN   | 16:15:00Z
            LATE   | 15:59:59Z | 15:59:59Z | FAILED    | 16:15:01Z
            LOCAL  | 12:00     | 12:00:05  | FAILED    | +1 00:15:00
            LOCAL2 | 12:00     | 12:00:05  | FAILED    | +1 00:15:01
        """,
        report="""
            type    | request
            PAYMENT | EARLY
            PAYMENT | INTIME
            PAYMENT | LATE
            PAYMENT | LOCAL
            PAYMENT | LOCAL2
        """,
    )
    day.shows("""
        order  | code | family | severity | acts | at_risk
        LATE   | R14  | P      | S1       | OPS  | 10.00 EUR
        LOCAL2 | R14  | P      | S1       | OPS  | 10.00 EUR
    """)


def test_a_sale_after_the_cut_has_a_day_more(history: History) -> None:
    history.start = DAY - timedelta(days=1)
    history.play()
    day = history.play(
        1,
        orders="""
            order | created      | paid         | cancel | cancel_at
            O1    | -1 16:00:00Z | -1 16:00:01Z | FAILED | 16:15:00Z
            O2    | -1 16:00:00Z | -1 16:00:01Z | FAILED | 16:15:01Z
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    day.shows("""
        order | code
        O2    | R14
    """)


def test_alipay_said_so(history: History) -> None:
    day = history.play(
        orders="""
            order | cancel | cancel_at | cancel_code
            O1    | FAILED | 12:05     | CANCEL_WINDOW_EXCEED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day.shows("""
        order | code
        O1    | R14
    """)


def test_a_refund_row_ends_it(history: History) -> None:
    history.play(
        orders="""
            order | cancel | cancel_at   | pay     | confirm
            O1    | FAILED | +1 00:20:00 | CLOSED  | CANCELLED
            O2    | FAILED | +1 00:20:00 | SUCCESS | CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    ).shows("""
        order | code | flags
        O1    | P03  | R14
        O2    | R14  |
    """)
    day = history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
            V2     | O2
        """,
        report="""
            type   | request | original
            REFUND | V1      | O1
            REFUND | V2      | O2
        """,
    )
    assert day.payments == {"O1": "P20", "O2": "P00"}
    assert day.refunds == {"V1": "R00", "V2": "R00"}
