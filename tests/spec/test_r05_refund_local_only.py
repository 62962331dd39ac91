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
        refund | code | severity | state   | acts   | turns_real | at_risk  | deadline
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
