"""P05: the merchant cancelled the sale, and not all money went back."""

from __future__ import annotations

from tests.support.day import History


def test_paid_sale_cancelled(history: History) -> None:
    day = history.play(
        orders="""
            order | confirm
            O1    | CANCELLED
            O2    | CANCELLED
            O3    | CANCELLED
        """,
        refunds="""
            refund | order | amount
            V2     | O2    | 4.00 EUR
            V3     | O3    | 10.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            REFUND  | V2      | O2       | 4.00 EUR
            REFUND  | V3      | O3       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | deadline            | inquiry
        O1    | P05  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | N
        O2    | P05  | S1       | OPS  | 6.00 EUR  | 2027-11-20 12:00:00 | N
    """)
    assert day.payments["O3"] == "OK_REFUNDED"
