"""P13: the report settles another amount than our order has."""

from __future__ import annotations

from recon.tolerance import Tolerance
from tests.support.day import History


def test_settle_amount_diff(history: History) -> None:
    day = history.play(
        orders="""
            order | amount   | settles
            O1    | 1200 JPY | 7.40 EUR
            O2    | 1200 JPY | 7.40 EUR
            O3    | 1200 JPY | -
        """,
        report="""
            type    | request | amount   | settles
            PAYMENT | O1      | 1200 JPY | 7.41 EUR
            PAYMENT | O2      | 1200 JPY | 7.40 EUR
            PAYMENT | O3      | 1200 JPY | 7.45 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | ours     | theirs   | difference | at_risk  | inquiry
        O1    | P13  | S3       | FIN  | 7.40 EUR | 7.41 EUR | 0.01 EUR   | 0.01 EUR | C
    """)


def test_within_the_tolerance(history: History) -> None:
    history.tolerance = Tolerance(settlement_minor=1)
    day = history.play(
        orders="""
            order | amount   | settles
            O1    | 1200 JPY | 7.40 EUR
            O2    | 1200 JPY | 7.40 EUR
        """,
        report="""
            type    | request | amount   | settles
            PAYMENT | O1      | 1200 JPY | 7.39 EUR
            PAYMENT | O2      | 1200 JPY | 7.38 EUR
        """,
    )
    day.shows("""
        order | code | difference
        O2    | P13  | -0.02 EUR
    """)
