"""R15: the order is shown as voided in full, only a part was refunded; a break on the order."""

from __future__ import annotations

from tests.support.day import History


def test_partial_shown_full(history: History) -> None:
    first = history.play(
        orders="""
            order | voided_in_full
            O1    | yes
            O2    | yes
            O3    | no
            O4    | -
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O2    | 10.00 EUR
            V3     | O3    | 4.00 EUR
            V4     | O4    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            PAYMENT | O4      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
            REFUND  | V2      | O2       | 10.00 EUR
            REFUND  | V3      | O3       | 4.00 EUR
            REFUND  | V4      | O4       | 4.00 EUR
        """,
    )
    first.shows("""
        break_id        | code | severity | acts | at_risk  | party
        R/shop/order/O1 | R15  | S3       | DEV  | 6.00 EUR | customer
    """)
    second = history.play(
        1,
        refunds="""
            refund | order | amount
            V9     | O1    | 6.00 EUR
        """,
        report="""
            type    | request | original | amount
            REFUND  | V9      | O1       | 6.00 EUR
        """,
    )
    assert second.items.is_empty()
    second.moves("""
        break_id        | movement | code_before | outcome
        R/shop/order/O1 | RESOLVED | R15         | R00
    """)


def test_the_order_is_changed_later(history: History) -> None:
    history.play(
        orders="""
            order | voided_in_full
            O1    | no
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    )
    day = history.play(
        1,
        orders="""
            order | voided_in_full
            O1    | yes
        """,
    )
    day.shows("""
        break_id        | code
        R/shop/order/O1 | R15
    """)
