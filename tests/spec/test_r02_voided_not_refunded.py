"""R02: our database voided the sale, the customer got nothing."""

from __future__ import annotations

from tests.support.day import History


def test_voided_not_refunded(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider   | local  | sent
            V1     | O1    | FAILED     | VOIDED | V1
            V2     | O1    | NEVER_SENT | VOIDED | -
            V3     | O1    | INIT       | VOIDED | V3
            V4     | O1    | UNKNOWN    | VOIDED | V4
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day.shows("""
        refund | code | severity | acts | at_risk   | deadline            | party
        V1     | R02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | customer
        V2     | R02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | customer
        V3     | R02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | customer
        V4     | R02  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | customer
    """)
