"""P03: the money was taken, our order is closed, and the money did not go back."""

from __future__ import annotations

from tests.support.day import History


def test_paid_but_closed(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm   | cancel  | cancel_at
            O1    | CLOSED | CANCELLED | FAILED  | 12:05
            O2    | CLOSED | CANCELLED | SUCCESS | 12:05
            O3    | CLOSED | CANCELLED | NONE    | -
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
            PAYMENT | O3
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | inquiry
        O1    | P03  | S1       | OPS  | 10.00 EUR | C
        O2    | P03  | S1       | A+   | 10.00 EUR | C
        O3    | P03  | S1       | OPS  | 10.00 EUR | C
    """)


def test_a_part_that_went_back_is_not_enough(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | CLOSED | CANCELLED
        """,
        report="""
            type     | request | original | amount
            PAYMENT  | O1      |          | 10.00 EUR
            REVERSAL | X1      | O1       | 4.00 EUR
        """,
    )
    day.shows("""
        order | code
        O1    | P03
    """)
