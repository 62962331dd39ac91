"""T02, then R05: we hold it as refunded, and no report has it."""

from __future__ import annotations

from tests.support.day import History


def test_waiting_until_the_second_day_after(history: History) -> None:
    first = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    first.shows("""
        refund | code | severity | state   | acts   | break_day  | at_risk  | deadline
        V1     | T02  | S4       | WAITING | nobody | 2026-11-22 | 0.00 EUR | 2026-11-23 08:30:00
    """)
    history.play(1).shows("""
        refund | code
        V1     | T02
    """)
    third = history.play(2)
    third.shows("""
        refund | code | severity | state | acts | before | at_risk   | deadline
        V1     | R05  | S2       | OPEN  | A+   | T02    | 10.00 EUR | 2027-11-20 12:00:00
    """)
    fourth = history.play(
        3,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    assert fourth.items.is_empty()
    fourth.moves("""
        break_id         | movement | code_before | outcome
        R/shop/refund/V1 | RESOLVED | R05         | R00
    """)


TEST_ORDER = """
    order | test
    O1    | yes
"""


def test_the_refund_of_a_test_order_is_never_reported(history: History) -> None:
    """Nor is any other state of it a break: test tills try everything."""
    first = history.play(
        orders=TEST_ORDER,
        refunds="""
            refund | order | provider | local   | amount
            V1     | O1    | SUCCESS  | VOIDED  | 2.00 EUR
            V2     | O1    | SUCCESS  | PENDING | 2.00 EUR
            V3     | O1    | UNKNOWN  | VOIDED  | 2.00 EUR
            V4     | O1    | INIT     | PENDING | 2.00 EUR
            V5     | O1    | UNMAPPED | VOIDED  | 1.00 EUR
        """,
    )
    assert set(first.refunds.values()) == {"OK_TEST"}
    for offset in (1, 2, 3):
        assert history.play(offset).items.is_empty()


def test_a_test_order_that_is_shown_as_undone(history: History) -> None:
    day = history.play(
        orders="""
            order | test | voided_in_full
            O1    | yes  | yes
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
    )
    assert day.items.is_empty()


def test_a_test_order_that_was_charged_for_real_is_owed_its_refund(history: History) -> None:
    history.play(
        orders=TEST_ORDER,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    history.play(1)
    history.play(2).shows("""
        break_id         | code
        P/shop/order/O1  | P15
        R/shop/refund/V1 | R05
    """)


def test_a_refund_of_a_test_order_that_is_reported(history: History) -> None:
    day = history.play(
        orders=TEST_ORDER,
        refunds="""
            refund | order | local
            V1     | O1    | VOID_FAILED
        """,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    day.shows("""
        break_id         | code
        R/shop/refund/V1 | R01
    """)
