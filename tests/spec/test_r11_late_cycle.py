"""R11: asked on one clearing day, done on a later one; a note, listed once."""

from __future__ import annotations

from datetime import timedelta

from tests.support.day import DAY, History


def test_late_cycle(history: History) -> None:
    history.start = DAY - timedelta(days=1)
    history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | requested | provider | local
            V1     | O1    | 23:59:58  | SUCCESS  | VOIDED
            V2     | O2    | 23:59:50  | SUCCESS  | VOIDED
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            PAYMENT | O2      |
            REFUND  | V2      | O2
        """,
    )
    day = history.play(
        1,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    day.shows("""
        refund | code | severity | state | acts   | at_risk
        V1     | R11  | S4       | NOTED | nobody | 0.00 EUR
    """)
    assert history.play(2).items.is_empty()
