"""P02: the money was taken, our order says that the payment failed."""

from __future__ import annotations

from tests.support.day import History


def test_paid_but_failed(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | FAILED | CANCELLED
            O2    | FAILED | NOT_CONFIRMED
            O3    | FAILED | CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
            PAYMENT | O3
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | deadline            | inquiry
        O1    | P02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | C
        O2    | P02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | C
        O3    | P02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | C
    """)


def test_money_back_is_less_bad(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | FAILED | CANCELLED
        """,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    )
    day.shows("""
        order | code | severity | flags      | at_risk
        O1    | P02  | S2       | MONEY_BACK | 0.00 EUR
    """)
    assert day.refunds == {"V1": "R00"}
