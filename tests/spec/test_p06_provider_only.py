"""P06: Alipay+ took money under a reference that no order has."""

from __future__ import annotations

from tests.support.day import History


def test_provider_only(history: History) -> None:
    day = history.play(
        report="""
            type    | request | transaction
            PAYMENT | LOST    | PAY-7
        """,
    )
    day.shows("""
        break_id                      | code | severity | acts | at_risk   | theirs    | inquiry
        P/alipayplus/provider/PAY-7   | P06  | S1       | DEV  | 10.00 EUR | 10.00 EUR | C
    """)


def test_a_row_without_request_id(history: History) -> None:
    day = history.play(
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-8
        """,
    )
    day.shows("""
        break_id                    | code | transaction
        P/alipayplus/provider/PAY-8 | P06  | PAY-8
    """)
    later = history.play(1)
    later.shows("""
        break_id                    | code | age
        P/alipayplus/provider/PAY-8 | P06  | 1
    """)


def test_several_rows_without_request_id_are_several_payments(history: History) -> None:
    history.play(
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-8
            PAYMENT | -       | PAY-9
        """,
    ).shows("""
        break_id                    | code
        P/alipayplus/provider/PAY-8 | P06
        P/alipayplus/provider/PAY-9 | P06
    """)


def test_a_row_without_request_id_leaves_the_id_of_another_break_alone(history: History) -> None:
    history.play(
        report="""
            type    | request | transaction
            PAYMENT | X1      | PAY-1
        """
    )
    history.play(
        1,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-1
        """,
    )
    history.play(2).shows("""
        break_id                      | code | state
        P/alipayplus/provider/PAY-1   | P06  | OPEN
        P/alipayplus/provider/PAY-1/- | P06  | OPEN
    """)


def test_the_order_arrives_later(history: History) -> None:
    history.play(
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day = history.play(
        1,
        orders="""
            order | created  | updated
            O1    | -1 12:00 | -1 12:00:05
        """,
    )
    assert day.payments == {"O1": "P00"}
    day.moves("""
        break_id                     | movement | code_before | outcome
        P/alipayplus/provider/PAY-O1 | RESOLVED | P06         | P00
    """)
    assert history.play(2).movements.is_empty()


def test_a_similar_reference_is_suggested_and_never_paired(history: History) -> None:
    day = history.play(
        orders="""
            order                     | transaction
            000012345A                | -
            KIOSK-2026-11-20-0000042B | -
            OTHER                     | -
        """,
        report="""
            type    | request              | transaction
            PAYMENT | 12345a               | PAY-1
            PAYMENT | KIOSK-2026-11-20-000 | PAY-2
            PAYMENT | OTHERWISE            | PAY-3
        """,
    )
    day.shows("""
        break_id                          | code | flags
        P/alipayplus/provider/PAY-1       | P06  | NEAR
        P/alipayplus/provider/PAY-2       | P06  | NEAR
        P/alipayplus/provider/PAY-3       | P06  |
        P/shop/order/000012345A         | T01  |
        P/shop/order/KIOSK-2026-11-20-0000042B | T01 |
        P/shop/order/OTHER              | T01  |
    """)
