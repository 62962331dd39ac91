"""R13: the refund does not settle at the payment's own rate."""

from __future__ import annotations

from tests.support.day import History


def test_rate_of_another_day(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            O1    | 100.00 USD
            O2    | 100.00 USD
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 50.00 USD
            V2     | O2    | 50.00 USD
        """,
        report="""
            type    | request | original | amount     | settles
            PAYMENT | O1      |          | 100.00 USD | 90.00 EUR
            PAYMENT | O2      |          | 100.00 USD | 90.00 EUR
            REFUND  | V1      | O1       | 50.00 USD  | 44.98 EUR
            REFUND  | V2      | O2       | 50.00 USD  | 44.99 EUR
        """,
    )
    day.shows("""
        refund | code | severity | acts | ours      | theirs    | at_risk
        V1     | R13  | S3       | FIN  | 45.00 EUR | 44.98 EUR | 0.02 EUR
    """)


def test_three_parts_leave_a_residue(history: History) -> None:
    """100.00 at 0.13756 is 13.76; in three parts it is 13.75, which rounding explains."""
    day = history.play(
        orders="""
            order | amount
            O1    | 100.00 EUR
        """,
        refunds="""
            refund | order | amount    | requested
            V1     | O1    | 33.33 EUR | 13:00
            V2     | O1    | 33.33 EUR | 14:00
            V3     | O1    | 33.34 EUR | 15:00
        """,
        report="""
            type    | request | original | amount     | settles
            PAYMENT | O1      |          | 100.00 EUR | 13.76 USD
            REFUND  | V1      | O1       | 33.33 EUR  | 4.58 USD
            REFUND  | V2      | O1       | 33.33 EUR  | 4.58 USD
            REFUND  | V3      | O1       | 33.34 EUR  | 4.59 USD
        """,
    )
    assert day.items.is_empty()


def test_a_residue_that_rounding_cannot_explain(history: History) -> None:
    """Each part is one unit off, which alone is tolerated; three units in three parts are not."""
    day = history.play(
        orders="""
            order | amount
            O1    | 90.00 USD
        """,
        refunds="""
            refund | order | amount    | requested
            V1     | O1    | 30.00 USD | 13:00
            V2     | O1    | 30.00 USD | 14:00
            V3     | O1    | 30.00 USD | 15:00
        """,
        report="""
            type    | request | original | amount    | settles
            PAYMENT | O1      |          | 90.00 USD | 81.00 EUR
            REFUND  | V1      | O1       | 30.00 USD | 26.99 EUR
            REFUND  | V2      | O1       | 30.00 USD | 26.99 EUR
            REFUND  | V3      | O1       | 30.00 USD | 26.99 EUR
        """,
    )
    day.shows("""
        refund | code
        V3     | R13
    """)


def test_just_below_half_a_unit_is_rounded_down(history: History) -> None:
    """0.01 at 10,000.00 for 20,000.01 is 0.0049999975, whatever an engine divides with."""
    day = history.play(
        orders="""
            order | amount
            O1    | 20000.01 USD
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 0.01 USD
        """,
        report="""
            type    | request | original | amount       | settles
            PAYMENT | O1      |          | 20000.01 USD | 10000.00 EUR
            REFUND  | V1      | O1       | 0.01 USD     | 0.05 EUR
        """,
    )
    day.shows("""
        refund | code | ours     | theirs
        V1     | R13  | 0.00 EUR | 0.05 EUR
    """)
