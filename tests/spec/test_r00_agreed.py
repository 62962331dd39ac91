"""R00: refunded, voided, reported once with the same figures: not a break."""

from __future__ import annotations

from datetime import date

from tests.support.day import History


def test_agreed(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    )
    assert day.refunds == {"V1": "R00"}
    assert day.items.is_empty()


def test_several_partial_refunds_in_any_order(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            O1    | 100.00 EUR
            O2    | 1000 JPY
        """,
        refunds="""
            refund | order | amount    | requested
            V1     | O1    | 33.33 EUR | 13:00
            V2     | O1    | 33.33 EUR | 14:00
            V3     | O1    | 33.34 EUR | 14:01
            W1     | O2    | 1 JPY     | 14:01
            W2     | O2    | 2 JPY     | 14:02
        """,
        report="""
            type    | request | original | amount     | settles
            REFUND  | V3      | O1       | 33.34 EUR  | 33.34 EUR
            REFUND  | W2      | O2       | 2 JPY      | 0.01 EUR
            REFUND  | V1      | O1       | 33.33 EUR  | 33.33 EUR
            PAYMENT | O2      |          | 1000 JPY   | 6.20 EUR
            PAYMENT | O1      |          | 100.00 EUR | 100.00 EUR
            REFUND  | V2      | O1       | 33.33 EUR  | 33.33 EUR
            REFUND  | W1      | O2       | 1 JPY      | 0.01 EUR
        """,
    )
    assert day.items.is_empty()
    assert set(day.refunds.values()) == {"R00"}


def test_a_refund_in_a_later_month(history: History) -> None:
    history.start = date(2026, 10, 31)
    history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    day = history.play(
        1,
        refunds="""
            refund | order | amount
            V1     | O1    | 10.00 EUR
        """,
        report="""
            type    | request | original | amount
            REFUND  | V1      | O1       | 10.00 EUR
        """,
    )
    assert day.refunds == {"V1": "R00"}
    assert day.items.is_empty()


def test_paired_by_provider_id(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | transaction | amount   | local
            V1     | O1    | RFD-1       | 4.00 EUR | VOIDED
            V2     | O2    | RFD-2       | 4.00 EUR | PENDING
        """,
        report="""
            type    | request | original | transaction | amount
            PAYMENT | O1      |          | PAY-O1      | 10.00 EUR
            PAYMENT | O2      |          | PAY-O2      | 10.00 EUR
            REFUND  | -       | O1       | RFD-1       | 4.00 EUR
            REFUND  | CUT     | O2       | RFD-2       | 4.00 EUR
        """,
    )
    assert day.refunds == {"V1": "R00", "V2": "R01"}
    day.shows("""
        refund | code | flags
        V2     | R01  | REQUEST_ID NO_ALERT
    """)


def test_the_original_is_named_by_its_provider_id_only(history: History) -> None:
    day = history.play(
        orders="""
            order | transaction
            O1    | -
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | original_transaction | transaction | amount
            PAYMENT | O1      |          |                      | PAY-9       | 10.00 EUR
            REFUND  | V1      | -        | PAY-9                | RFD-V1      | 4.00 EUR
        """,
    )
    assert day.items.is_empty()


def test_refused_and_never_sent_is_no_break(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider   | local       | sent
            V1     | O1    | FAILED     | PENDING     | V1
            V2     | O1    | NEVER_SENT | VOID_FAILED | -
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert day.refunds == {"V1": "OK_REFUSED", "V2": "OK_REFUSED"}
    assert day.items.is_empty()
