"""R16: a refund status that the configuration does not know."""

from __future__ import annotations

from tests.support.day import History


def test_unmapped(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
            O2
            O3
        """,
        refunds="""
            refund | order | provider | local
            V1     | O1    | UNMAPPED | VOIDED
            V2     | O2    | SUCCESS  | UNMAPPED
            V3     | O3    | UNMAPPED | UNMAPPED
        """,
        report="""
            type    | request | original | transaction
            PAYMENT | O1      |          | PAY-O1
            PAYMENT | O2      |          | PAY-O2
            PAYMENT | O3      |          | PAY-O3
            REFUND  | V1      | O1       | RFD-1
            REFUND  | V3      | O3       | RFD-3
            REFUND  | V3      | O3       | RFD-4
        """,
    )
    day.shows("""
        refund | code | severity | acts | at_risk
        V1     | R16  | S2       | DEV  | 10.00 EUR
        V2     | R16  | S2       | DEV  | 10.00 EUR
        V3     | R16  | S2       | DEV  | 10.00 EUR
    """)
