"""R15: the order is shown as voided in full, only a part was refunded; a break on the order."""

from __future__ import annotations

from tests.support.day import History


def test_partial_shown_full(history: History) -> None:
    first = history.play(
        orders="""
            order | voided_in_full
            O1    | yes
            O2    | yes
            O3    | no
            O4    | -
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O2    | 10.00 EUR
            V3     | O3    | 4.00 EUR
            V4     | O4    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            PAYMENT | O4      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
            REFUND  | V2      | O2       | 10.00 EUR
            REFUND  | V3      | O3       | 4.00 EUR
            REFUND  | V4      | O4       | 4.00 EUR
        """,
    )
    first.shows("""
        break_id        | code | severity | acts | at_risk  | party
        R/shop/order/O1 | R15  | S3       | DEV  | 6.00 EUR | customer
    """)
    second = history.play(
        1,
        refunds="""
            refund | order | amount
            V9     | O1    | 6.00 EUR
        """,
        report="""
            type    | request | original | amount
            REFUND  | V9      | O1       | 6.00 EUR
        """,
    )
    assert second.items.is_empty()
    second.moves("""
        break_id        | movement | code_before | outcome
        R/shop/order/O1 | RESOLVED | R15         | R00
    """)


def test_the_order_is_changed_later(history: History) -> None:
    history.play(
        orders="""
            order | voided_in_full
            O1    | no
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
    day = history.play(
        1,
        orders="""
            order | voided_in_full
            O1    | yes
        """,
    )
    day.shows("""
        break_id        | code
        R/shop/order/O1 | R15
    """)


def test_voided_between_the_cut_and_the_run(history: History) -> None:
    """The flag is of the next day, as the refund that completes it: the list of this day does not see that one yet."""
    history.play(
        orders="""
            order | voided_in_full | updated
            O1    | yes            | +1 01:00
            O2    | yes            | 15:00
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 4.00 EUR | 13:00
            V2     | O1    | 6.00 EUR | +1 01:00
            V3     | O2    | 4.00 EUR | 13:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V3      | O2       | 4.00 EUR
        """,
    ).shows("""
        break_id        | code
        R/shop/order/O2 | R15
    """)
    # An open one stays, whatever changed after the cut.
    history.play(
        1,
        orders="""
            order | updated
            O2    | +1 01:00
        """,
        report="""
            type    | request | original | amount
            REFUND  | V2      | O1       | 6.00 EUR
        """,
    ).shows("""
        break_id        | code
        R/shop/order/O2 | R15
    """)


def test_a_flag_set_between_the_cut_and_the_run_is_judged_on_the_next_day(history: History) -> None:
    history.play(
        orders="""
            order | voided_in_full | updated
            O1    | yes            | +1 01:00
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
    ).shows("""
        code
    """)
    history.play(1).shows("""
        break_id        | code
        R/shop/order/O1 | R15
    """)
