"""P12: reported on another clearing day than our paid time says; a note, listed once."""

from __future__ import annotations

from datetime import date

from recon.tolerance import Tolerance
from tests.support.day import History


def test_around_the_cut(history: History) -> None:
    """The clearing day turns at 16:00:00 UTC; one row of 200 is not a systematic shift."""
    history.tolerance = Tolerance(systematic_shift_share=0.5)
    day = history.play(
        orders="""
            order  | created   | paid
            BEFORE | 15:59:00Z | 15:59:59Z
            AFTER  | 15:59:00Z | 16:00:00Z
            ROUND  | 12:00     | 12:00:05
        """,
        report="""
            type    | request
            PAYMENT | BEFORE
            PAYMENT | AFTER
            PAYMENT | ROUND
        """,
    )
    day.shows("""
        order | code | severity | state | acts | at_risk
        AFTER | P12  | S4       | NOTED | DEV  | 0.00 EUR
    """)
    later = history.play(1)
    assert later.items.is_empty()
    assert later.movements.is_empty()
    assert later.payments == {"AFTER": "P00"}


def test_a_row_that_comes_a_day_late(history: History) -> None:
    history.play(
        orders="""
            order | created   | paid
            O1    | 15:59:00Z | 15:59:59Z
        """,
    ).shows("""
        order | code
        O1    | T01
    """)
    history.tolerance = Tolerance(systematic_shift_share=1)
    day = history.play(
        1,
        report="""
            type    | request | at
            PAYMENT | O1      | 00:00:01
        """,
    )
    day.shows("""
        order | code | severity | state
        O1    | P12  | S4       | NOTED
    """)
    assert history.play(2).items.is_empty()


def test_a_systematic_shift_is_worse(history: History) -> None:
    day = history.play(
        orders="""
            order | created | paid
            O1    | 23:59   | +1 00:00
            O2    | 12:00   | 12:00:05
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    )
    day.shows("""
        order | code | severity | flags
        O1    | P12  | S3       | SYSTEMATIC
    """)


def test_the_local_clock_of_a_shop_does_not_matter(history: History) -> None:
    """Paris changes its clocks on 2026-10-25 and 2027-03-28; the cut stays."""
    for start in (date(2026, 10, 25), date(2027, 3, 28)):
        history.warehouse.empty()
        history.orders.clear()
        history.start = start
        history.tolerance = Tolerance(systematic_shift_share=1)
        day = history.play(
            orders="""
                order  | created   | paid
                BEFORE | 15:59:00Z | 15:59:59Z
                AFTER  | 15:59:00Z | 16:00:00Z
                NIGHT  | 00:30:00Z | 01:00:00Z
            """,
            report="""
                type    | request
                PAYMENT | BEFORE
                PAYMENT | AFTER
                PAYMENT | NIGHT
            """,
        )
        day.shows("""
            order | code
            AFTER | P12
        """)
