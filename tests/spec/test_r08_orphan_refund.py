"""R08: no paid order that the refund could belong to."""

from __future__ import annotations

from tests.support.day import History


def test_orphan_refund(history: History) -> None:
    """The original is missing; failed and never reported; or paid after the refund."""
    day = history.play(
        orders="""
            order | pay     | confirm   | paid
            O2    | FAILED  | CANCELLED | -
            O3    | SUCCESS | CONFIRMED | 14:00
        """,
        refunds="""
            refund | order | requested
            V1     | GONE  | 13:00
            V2     | O2    | 13:00
            V3     | O3    | 13:00
        """,
        report="""
            type    | request | original | at
            PAYMENT | O3      |          | 14:00
            REFUND  | V1      | GONE     | 13:00
            REFUND  | V2      | O2       | 13:00
            REFUND  | V3      | O3       | 13:00
        """,
    )
    day.shows("""
        refund | code | severity | acts | at_risk   | inquiry
        V1     | R08  | S2       | DEV  | 10.00 EUR | C
        V2     | R08  | S2       | DEV  | 10.00 EUR | C
        V3     | R08  | S2       | DEV  | 10.00 EUR | C
    """)


def test_a_reported_payment_is_an_original_whatever_our_status(history: History) -> None:
    day = history.play(
        orders="""
            order | pay  | confirm
            O1    | INIT | NOT_CONFIRMED
        """,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    )
    assert day.refunds == {"V1": "R00"}


def test_it_ends_when_the_original_is_loaded(history: History) -> None:
    history.play(
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    ).shows("""
        refund | code
        V1     | R08
    """)
    day = history.play(
        1,
        orders="""
            order | created          | updated
            O1    | 2026-10-01 12:00 | 2026-10-01 12:00:05
        """,
    )
    assert day.items.is_empty()
    day.moves("""
        break_id         | movement | code_before | outcome
        R/shop/refund/V1 | RESOLVED | R08         | R00
    """)


def test_the_row_names_the_payment_of_another_order(history: History) -> None:
    """The customer of O2 has the money, our database voided O1. It stays so until one of the two is corrected."""
    first = history.play(
        orders="""
            order
            O1
            O2
            O3
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V3     | O3    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            REFUND  | V1      | O2       | 4.00 EUR
            REFUND  | V3      | O3-CUT   | 4.00 EUR
        """,
    )
    listed = """
        refund | code | severity | state | flags         | partner_key
        V1     | R08  | S2       | OPEN  | OTHER_PAYMENT | O2
    """
    first.shows(listed)
    assert first.explanations == [
        "Our refund of 4.00 EUR and its report row name two different payments. "
        "The report names the payment of another order of ours. It is order O2."
    ]
    history.play(1).shows(listed)
    last = history.play(
        2,
        refunds="""
            refund | order
            V1     | O2
        """,
    )
    assert last.items.is_empty()
    last.moves("""
        break_id         | movement | outcome
        R/shop/refund/V1 | RESOLVED | R00
    """)
