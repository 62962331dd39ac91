"""P01: the money was taken, our order is still INIT."""

from __future__ import annotations

from tests.support.day import History


def test_paid_still_init(history: History) -> None:
    day = history.play(
        orders="""
            order | pay  | confirm       | created
            O1    | INIT | NOT_CONFIRMED | 12:00
            O2    | INIT | CONFIRMED     | 12:00
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    day.shows("""
        order | code | severity | state | acts | at_risk   | deadline            | inquiry
        O1    | P01  | S1       | OPEN  | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | Y
        O2    | P01  | S1       | OPEN  | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | Y
    """)


def test_the_cancel_deadline_counts_while_it_is_open(history: History) -> None:
    """A sale of the next clearing day that this day's report already names."""
    day = history.play(
        orders="""
            order | pay  | confirm       | created
            O1    | INIT | NOT_CONFIRMED | +1 00:00
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day.shows("""
        order | code | deadline
        O1    | P01  | 2026-11-22 00:15:00
    """)


def test_money_back_is_less_bad(history: History) -> None:
    day = history.play(
        orders="""
            order | pay  | confirm
            O1    | INIT | NOT_CONFIRMED
            O2    | INIT | NOT_CONFIRMED
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 10.00 EUR
            V2     | O2    | 9.99 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V2      | O2       | 9.99 EUR
        """,
    )
    day.shows("""
        order | code | severity | flags      | at_risk
        O1    | P01  | S2       | MONEY_BACK | 0.00 EUR
        O2    | P01  | S1       |            | 0.01 EUR
    """)


def test_it_ends_when_our_order_says_so(history: History) -> None:
    history.play(
        orders="""
            order | pay  | confirm
            O1    | INIT | NOT_CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day = history.play(
        1,
        orders="""
            order | pay     | confirm   | paid        | transaction
            O1    | SUCCESS | CONFIRMED | -1 12:00:05 | PAY-O1
        """,
    )
    assert day.items.is_empty()
    day.moves("""
        break_id           | movement | code_before | outcome
        P/shop/order/O1    | RESOLVED | P01         | P00
    """)
