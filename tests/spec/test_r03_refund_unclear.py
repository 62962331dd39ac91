"""R03 and R03s: the refund got no clear answer; or only our flag of it is old."""

from __future__ import annotations

from tests.support.day import History


def test_refund_unclear(history: History) -> None:
    first = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider | local       | amount
            V1     | O1    | UNKNOWN  | PENDING     | 4.00 EUR
            V2     | O1    | INIT     | VOID_FAILED | 3.00 EUR
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    first.shows("""
        refund | code | severity | acts | at_risk  | deadline            | state
        V1     | R03  | S2       | OPS  | 4.00 EUR | 2027-11-20 12:00:00 | OPEN
        V2     | R03  | S2       | OPS  | 3.00 EUR | 2027-11-20 12:00:00 | OPEN
    """)
    second = history.play(
        1,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 4.00 EUR
        """,
    )
    second.shows("""
        refund | code | before | break_id
        V1     | R01  | R03    | R/shop/refund/V1
        V2     | R03  |        | R/shop/refund/V2
    """)


def test_only_our_flag_is_stale(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider | local
            V1     | O1    | UNKNOWN  | VOIDED
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    )
    day.shows("""
        refund | code | severity | state | acts | at_risk
        V1     | R03s | S4       | NOTED | OPS  | 0.00 EUR
    """)
    later = history.play(1)
    assert later.items.is_empty()
    assert later.movements.is_empty()


def test_of_a_break_a_stale_flag_is_not_the_code(history: History) -> None:
    """What somebody has to act on comes first and is carried; a note would be listed once."""
    day = history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | provider | local  | amount   | requested
            V1     | O1    | UNKNOWN  | VOIDED | 3.00 EUR | 10:00
            V2     | O2    | FAILED   | VOIDED | 4.00 EUR | 10:00
            V3     | O2    | UNKNOWN  | VOIDED | 4.00 EUR | 10:05
            V4     | GONE  | UNKNOWN  | VOIDED | 2.00 EUR | 10:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          |
            PAYMENT | O2      |          |
            REFUND  | V1      | O1       | 5.00 EUR
            REFUND  | V2      | O2       | 4.00 EUR
            REFUND  | V3      | O2       | 4.00 EUR
            REFUND  | V4      | GONE     | 2.00 EUR
        """,
    )
    day.shows("""
        refund | code | flags | severity | state
        V1     | R06  | R03s  | S1       | OPEN
        V2     | R03s |       | S4       | NOTED
        V3     | R10  | R03s  | S1       | OPEN
        V4     | R08  | R03s  | S2       | OPEN
    """)
    history.play(1).shows("""
        refund | code | state
        V1     | R06  | OPEN
        V3     | R10  | OPEN
        V4     | R08  | OPEN
    """)


def test_answered_between_the_cut_and_the_run(history: History) -> None:
    """Carried forward, it stays in the list although its refund time is of the next day."""
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider | local
            V1     | O1    | UNKNOWN  | PENDING
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    second = history.play(
        1,
        refunds="""
            refund | provider | local  | refunded | transaction | updated
            V1     | SUCCESS  | VOIDED | +1 00:05 | RFD-V1      | +1 00:05
        """,
    )
    second.shows("""
        refund | code | before
        V1     | T02  | R03
    """)
    third = history.play(
        2,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    third.shows("""
        refund | code | state
        V1     | R11  | NOTED
    """)
