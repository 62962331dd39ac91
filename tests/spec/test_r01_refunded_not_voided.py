"""R01: Alipay+ gave the money back, our database still counts the sale."""

from __future__ import annotations

from tests.support.day import History


def test_refunded_not_voided(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
            O2
            O3
            O4
        """,
        refunds="""
            refund | order | provider | local       | alert
            V1     | O1    | SUCCESS  | VOID_FAILED | 13:01
            V2     | O2    | SUCCESS  | PENDING     | -
            V3     | O3    | INIT     | PENDING     | -
            V4     | O4    | FAILED   | VOID_FAILED | 13:01
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            PAYMENT | O2      |
            PAYMENT | O3      |
            PAYMENT | O4      |
            REFUND  | V1      | O1
            REFUND  | V2      | O2
            REFUND  | V3      | O3
            REFUND  | V4      | O4
        """,
    )
    day.shows("""
        refund | code | severity | acts | flags    | at_risk   | inquiry
        V1     | R01  | S1       | OPS  |          | 10.00 EUR | N
        V2     | R01  | S1       | OPS  | NO_ALERT | 10.00 EUR | N
        V3     | R01  | S1       | OPS  | NO_ALERT | 10.00 EUR | N
        V4     | R01  | S1       | OPS  |          | 10.00 EUR | N
    """)


def test_known_before_the_report(history: History) -> None:
    first = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | local       | alert
            V1     | O1    | VOID_FAILED | 13:01
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    first.shows("""
        refund | code | break_id
        V1     | R01  | R/shop/refund/V1
    """)
    second = history.play(
        1,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    second.shows("""
        refund | code | age
        V1     | R01  | 1
    """)
    third = history.play(
        2,
        refunds="""
            refund | local
            V1     | VOIDED
        """,
    )
    assert third.items.is_empty()
    third.moves("""
        break_id         | movement | code_before | outcome
        R/shop/refund/V1 | RESOLVED | R01         | R00
    """)
