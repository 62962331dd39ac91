"""R09: the refunds of an order agree in sum, not one by one; one break on the order."""

from __future__ import annotations

from tests.support.day import History


def test_two_voids_merged_into_one_refund(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O1    | 6.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 10.00 EUR
        """,
    )
    day.shows("""
        break_id        | code | severity | acts | at_risk  | ours      | theirs
        R/shop/order/O1 | R09  | S3       | OPS  | 0.00 EUR | 10.00 EUR | 10.00 EUR
    """)
    assert day.refunds == {"V1": "IN_GROUP", "V2": "IN_GROUP"}


def test_one_void_split_into_two_refunds(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 10.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 4.00 EUR
            REFUND  | X2      | O1       | 6.00 EUR
        """,
    )
    day.shows("""
        break_id        | code
        R/shop/order/O1 | R09
    """)
    assert set(day.refunds.values()) == {"IN_GROUP"}
    history.play(1).shows("""
        break_id        | code | age
        R/shop/order/O1 | R09  | 1
    """)


def test_figures_swapped(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O1    | 6.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 6.00 EUR
            REFUND  | V2      | O1       | 4.00 EUR
        """,
    )
    day.shows("""
        break_id        | code
        R/shop/order/O1 | R09
    """)


def test_what_equal_sums_do_not_explain(history: History) -> None:
    """A refund of an order that was never paid, and one at another rate, are breaks of their own, too."""
    day = history.play(
        orders="""
            order | pay     | confirm
            O1    | FAILED  | CANCELLED
            O2    | SUCCESS | CONFIRMED
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
            V2     | O2    | 4.00 EUR
            V3     | O2    | 6.00 EUR
        """,
        report="""
            type    | request | original | amount    | settles
            REFUND  | X1      | O1       | 4.00 EUR  | 4.00 EUR
            PAYMENT | O2      |          | 10.00 EUR | 10.00 EUR
            REFUND  | V2      | O2       | 6.00 EUR  | 6.00 EUR
            REFUND  | V3      | O2       | 4.00 EUR  | 3.00 EUR
        """,
    )
    day.shows("""
        break_id         | code | severity
        R/shop/order/O1  | R09  | S3
        R/shop/refund/V1 | R08  | S2
        R/shop/order/O2  | R09  | S3
        R/shop/refund/V3 | R13  | S3
    """)
    assert day.refunds["RFD-X1"] == day.refunds["V2"] == "IN_GROUP"


def test_the_void_that_failed_stays_visible(history: History) -> None:
    """R01 is not explained by the sum: our database still counts the sale."""
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount    | local   | alert
            V1     | O1    | 10.00 EUR | PENDING | 13:05
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 10.00 EUR
        """,
    )
    day.shows("""
        break_id         | code
        R/shop/order/O1  | R09
        R/shop/refund/V1 | R01
    """)


def test_a_row_that_names_the_order_by_alipayplus_id_only_stays_in_the_group(history: History) -> None:
    """Both references arrived cut, and the sale is from before the first day: no report row has it."""
    shown = "order | code | opened\nO1 | R09 | 2026-11-20"
    history.play(
        orders="order | created | transaction\nO1 | 2026-10-01 12:00 | PAY-1",
        refunds="refund | order\nV1 | O1",
        report="type | request | original | original_transaction\nREFUND | V1-CUT | O1-CUT | PAY-1",
    ).shows(shown)
    history.play(1).shows(shown)
    history.play(2).shows(shown)
