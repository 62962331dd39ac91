"""P04: paid, but the merchant never confirmed the sale."""

from __future__ import annotations

from tests.support.day import History


def test_paid_not_confirmed(history: History) -> None:
    day = history.play(
        orders="""
            order | pay     | confirm       | created
            O1    | SUCCESS | NOT_CONFIRMED | 12:00
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | deadline            | inquiry
        O1    | P04  | S2       | MER  | 10.00 EUR | 2027-11-20 12:00:00 | N
    """)


def test_near_the_refund_deadline_it_is_worse(history: History) -> None:
    """The warning begins 35 days before; the list speaks for 2026-11-21 08:30."""
    day = history.play(
        orders="""
            order | confirm       | created             | paid                | updated
            O1    | NOT_CONFIRMED | 2025-12-26 08:30:00 | 2026-11-20 12:00:00 | 2026-11-20 12:00
            O2    | NOT_CONFIRMED | 2025-12-26 08:30:01 | 2026-11-20 12:00:00 | 2026-11-20 12:00
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    day.shows("""
        order | code | severity | deadline
        O1    | P04  | S1       | 2026-12-26 08:30:00
        O2    | P04  | S2       | 2026-12-26 08:30:01
    """)


def test_the_merchant_has_fifteen_minutes(history: History) -> None:
    """Only a payment after the cut can still be waiting at 08:30; the report named it early."""
    day = history.play(
        orders="""
            order | confirm       | created  | paid
            O1    | NOT_CONFIRMED | +1 08:14 | +1 08:15:00
            O2    | NOT_CONFIRMED | +1 08:14 | +1 08:14:59
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    assert day.payments == {"O1": "OK_AWAIT_CONFIRM", "O2": "P04"}
    day.shows("""
        order | code | flags
        O2    | P04  | P12
    """)
    later = history.play(1)
    later.shows("""
        order | code
        O1    | P04
        O2    | P04
    """)


def test_all_money_back_needs_no_confirmation(history: History) -> None:
    day = history.play(
        orders="""
            order | confirm
            O1    | NOT_CONFIRMED
            O2    | NOT_CONFIRMED
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 10.00 EUR
            V2     | O2    | 3.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V1      | O1       | 10.00 EUR
            REFUND  | V2      | O2       | 3.00 EUR
        """,
    )
    assert day.payments == {"O1": "OK_REFUNDED", "O2": "P04"}
    day.shows("""
        order | code | at_risk
        O2    | P04  | 7.00 EUR
    """)


def test_it_ends_when_the_refund_is_reported(history: History) -> None:
    history.play(
        orders="""
            order | confirm
            O1    | NOT_CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day = history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    assert day.items.is_empty()
    day.moves("""
        break_id        | movement | code_before | outcome
        P/shop/order/O1 | RESOLVED | P04         | OK_REFUNDED
    """)
