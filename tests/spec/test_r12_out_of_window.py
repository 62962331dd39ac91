"""R12: still open on the day after the refund deadline; only a payment by hand helps."""

from __future__ import annotations

from datetime import date

from tests.support.day import History

ORDERS = """
    order | created             | paid                | updated
    LEAP  | 2028-02-29 12:00    | 2028-02-29 12:00:05 | 2028-02-29 12:00:05
    EDGE  | 2028-03-01 00:00:00 | 2028-03-01 00:00:05 | 2028-03-01 00:00:05
"""
REFUNDS = """
    refund | order | provider | local       | alert
    V1     | LEAP  | FAILED   | VOIDED      | -
    V2     | LEAP  | UNKNOWN  | PENDING     | -
    V3     | LEAP  | SUCCESS  | VOID_FAILED | 13:05
    V4     | EDGE  | FAILED   | VOIDED      | -
"""


def test_from_the_day_after_the_deadline_on(history: History) -> None:
    """One year after 29 February is 28 February; R01 is never paid by hand."""
    history.start = date(2029, 2, 28)
    first = history.play(orders=ORDERS, refunds=REFUNDS)
    first.shows("""
        refund | code | deadline
        V1     | R02  | 2029-02-28 12:00:00
        V2     | R03  | 2029-02-28 12:00:00
        V3     | R01  |
        V4     | R02  | 2029-03-01 00:00:00
    """)
    second = history.play(1)
    second.shows("""
        refund | code | severity | acts | before | age | at_risk
        V1     | R12  | S1       | FIN  | R02    | 1   | 10.00 EUR
        V2     | R12  | S1       | FIN  | R03    | 1   | 10.00 EUR
        V3     | R01  | S1       | OPS  |        | 1   | 10.00 EUR
        V4     | R02  | S1       | OPS  |        | 1   | 10.00 EUR
    """)
    third = history.play(2)
    third.shows("""
        refund | code | before
        V1     | R12  | R02
        V2     | R12  | R03
        V3     | R01  |
        V4     | R12  | R02
    """)


def test_unreported_refunds_join_when_they_are_real(history: History) -> None:
    history.start = date(2027, 11, 20)
    history.play(
        orders="""
            order | created          | paid             | updated
            O1    | 2026-11-20 12:00 | 2026-11-20 12:01 | 2026-11-20 12:01
        """,
        refunds="""
            refund | order | requested
            V1     | O1    | 11:00
        """,
    )
    history.play(1).shows("""
        refund | code
        V1     | T02
    """)
    history.play(2).shows("""
        refund | code | before
        V1     | R12  | T02
    """)
