"""R07: more was refunded than was paid; the later member carries it."""

from __future__ import annotations

from tests.support.day import History


def test_over_refund(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested
            V2     | O1    | 5.00 EUR | 15:00
            V1     | O1    | 7.00 EUR | 13:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 7.00 EUR
            REFUND  | V2      | O1       | 5.00 EUR
        """,
    )
    assert day.refunds == {"V1": "R00", "V2": "R07"}
    day.shows("""
        refund | code | severity | acts | at_risk
        V2     | R07  | S1       | FIN  | 2.00 EUR
    """)


def test_a_unit_that_the_settlement_currency_does_not_show(history: History) -> None:
    """Each refund agrees, and in the settlement currency their sum differs by no more than rounding may."""
    day = history.play(
        orders="""
            order | amount
            O1    | 1000 JPY
        """,
        refunds="""
            refund | order | amount  | requested
            V1     | O1    | 500 JPY | 13:00
            V2     | O1    | 501 JPY | 15:00
        """,
        report="""
            type    | request | original | amount   | settles
            PAYMENT | O1      |          | 1000 JPY | 6.20 EUR
            REFUND  | V1      | O1       | 500 JPY  | 3.10 EUR
            REFUND  | V2      | O1       | 501 JPY  | 3.11 EUR
        """,
    )
    assert day.refunds == {"V1": "R00", "V2": "R07"}


def test_our_sum_alone_is_enough(history: History) -> None:
    """The second refund is not reported yet: it waits, and its flag says what is coming."""
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 7.00 EUR | 13:00
            V2     | O1    | 5.00 EUR | 15:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 7.00 EUR
        """,
    )
    day.shows("""
        refund | code | flags
        V2     | T02  | R07
    """)


def test_a_refused_attempt_does_not_hide_it(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested | provider | local
            V1     | O1    | 7.00 EUR | 13:00     | SUCCESS  | VOIDED
            V2     | O1    | 5.00 EUR | 14:00     | SUCCESS  | VOIDED
            V3     | O1    | 1.00 EUR | 15:00     | FAILED   | PENDING
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 7.00 EUR
            REFUND  | V2      | O1       | 5.00 EUR
        """,
    )
    day.shows("""
        refund | code | at_risk
        V2     | R07  | 2.00 EUR
    """)


def test_a_row_of_an_unknown_type_does_not_hide_it(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 7.00 EUR | 13:00
            V2     | O1    | 5.00 EUR | 14:00
        """,
        report="""
            type       | request | original | amount    | at
            PAYMENT    | O1      |          | 10.00 EUR | 12:00
            REFUND     | V1      | O1       | 7.00 EUR  | 13:00
            REFUND     | V2      | O1       | 5.00 EUR  | 14:00
            ADJUSTMENT | Z1      | O1       | 1.00 EUR  | 16:00
        """,
    )
    day.shows("""
        refund | code
        V2     | R07
    """)


def test_with_a_refund_that_only_the_report_knows(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount    | requested
            V1     | O1    | 10.00 EUR | 13:00
        """,
        report="""
            type    | request | original | amount    | at
            PAYMENT | O1      |          | 10.00 EUR | 12:00
            REFUND  | V1      | O1       | 10.00 EUR | 13:00
            REFUND  | X1      | O1       | 2.00 EUR  | 16:00
        """,
    )
    day.shows("""
        transaction | code | flags
        RFD-X1      | R04  | R07
    """)


def test_a_refund_that_is_still_on_its_way_at_the_end_of_the_day_does_not_hide_it(history: History) -> None:
    """It was asked for before midnight and happened after it: the next day judges it."""
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested | refunded
            V1     | O1    | 7.00 EUR | 13:00     | 13:00:05
            V2     | O1    | 5.00 EUR | 14:00     | 14:00:05
            V3     | O1    | 1.00 EUR | 23:59:58  | +1 00:00:03
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 7.00 EUR
            REFUND  | V2      | O1       | 5.00 EUR
        """,
    )
    assert day.refunds == {"V1": "R00", "V2": "R07"}
    day.shows("""
        refund | code | at_risk
        V2     | R07  | 2.00 EUR
    """)
