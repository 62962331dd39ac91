"""R06: the refund differs in amount or currency."""

from __future__ import annotations

from tests.support.day import History


def test_refund_amount_diff(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            O1    | 10.00 EUR
            O2    | 10.00 EUR
            O3    | 1200 JPY
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O2    | 4.00 EUR
            V3     | O3    | 5 JPY
        """,
        report="""
            type    | request | original | amount    | settles
            PAYMENT | O1      |          | 10.00 EUR | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR | 10.00 EUR
            PAYMENT | O3      |          | 1200 JPY  | 12.00 EUR
            REFUND  | V1      | O1       | 3.00 EUR  | 3.00 EUR
            REFUND  | V2      | O2       | 4.00 USD  | 3.60 EUR
            REFUND  | V3      | O3       | 500 JPY   | 5.00 EUR
        """,
    )
    day.shows("""
        refund | code | severity | acts | flags | ours     | theirs   | at_risk
        V1     | R06  | S1       | FIN  |       | 4.00 EUR | 3.00 EUR | 1.00 EUR
        V2     | R06  | S1       | FIN  |       | 4.00 EUR | 4.00 USD | 4.00 EUR
        V3     | R06  | S1       | DEV  | SCALE | 5 JPY    | 500 JPY  | 495 JPY
    """)
