"""R04: Alipay+ refunded, and we have no record of it."""

from __future__ import annotations

from tests.support.day import History


def test_refund_provider_only(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 4.00 EUR
            REFUND  | X2      | GONE     | 3.00 EUR
        """,
    )
    day.shows("""
        break_id                     | code | severity | acts | order | at_risk
        R/alipayplus/provider/RFD-X1 | R04  | S1       | OPS  | O1    | 4.00 EUR
        R/alipayplus/provider/RFD-X2 | R04  | S1       | OPS  |       | 3.00 EUR
    """)
    later = history.play(1)
    later.shows("""
        break_id                      | code | age
        R/alipayplus/provider/RFD-X1  | R04  | 1
        R/alipayplus/provider/RFD-X2  | R04  | 1
    """)


def test_the_refund_is_registered_later(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    )
    day = history.play(
        1,
        refunds="""
            refund | order | requested | refunded    | initiator
            V1     | O1    | -1 13:00  | -1 13:00:05 | REPAIR
        """,
    )
    assert day.items.is_empty()
    day.moves("""
        break_id                     | movement | code_before | outcome
        R/alipayplus/provider/RFD-V1 | RESOLVED | R04         | R00
    """)


def test_an_unknown_type_is_counted_and_is_no_break(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type       | request | original | amount
            PAYMENT    | O1      |          | 10.00 EUR
            ADJUSTMENT | Z1      | O1       | 1.00 EUR
        """,
    )
    assert day.items.is_empty()
    assert day.refunds == {"OTH-Z1": "OTHER"}


def test_a_row_of_another_type_may_carry_the_ids_of_the_refund(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type            | request | transaction | original | amount    | sign
            PAYMENT         | O1      | PAY-O1      |          | 10.00 EUR | 1
            REFUND          | X1      | RFD-X1      | O1       | 4.00 EUR  | -1
            REFUND_REVERSAL | X1      | RFD-X1      | O1       | 4.00 EUR  | 1
        """,
    )
    day.shows("""
        break_id                     | code | order | at_risk
        R/alipayplus/provider/RFD-X1 | R04  | O1    | 4.00 EUR
    """)
