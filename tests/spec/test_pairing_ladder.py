"""Request id first, then Alipay+'s own id; what belongs to another order is never taken."""

from __future__ import annotations

from tests.support.day import History


def test_the_stored_id_belongs_to_another_order(history: History) -> None:
    """O1 stores the id of O2: it is P18, and O2 stays settled while O1 is carried."""
    history.play(
        orders="""
            order | transaction
            O1    | PAY-2
            O2    | PAY-2
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-1
            PAYMENT | O2      | PAY-2
        """,
    ).shows("""
        order | code
        O1    | P18
    """)
    del history.orders["O2"]  # no longer in the window of the next day
    history.play(1).shows("""
        order | code
        O1    | P18
    """)


def test_an_unreported_order_does_not_take_the_row_of_another(history: History) -> None:
    history.play(
        orders="""
            order | transaction
            O1    | PAY-2
            O2    | PAY-2
        """,
        report="""
            type    | request | transaction
            PAYMENT | O2      | PAY-2
        """,
    ).shows("""
        order | code
        O1    | T01
    """)
    del history.orders["O2"]
    history.play(1).shows("""
        order | code
        O1    | T01
    """)


def test_a_pair_by_provider_id_lasts_though_another_order_that_stores_the_id_is_gone(history: History) -> None:
    history.play(
        orders="""
            order | transaction
            O1    | PAY-1
            O2    | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-1
            PAYMENT | O2      | PAY-2
        """,
    ).shows("""
        order | code
        O2    | P18
    """)
    history.orders.clear()  # O1 has left the window, O2 is gone
    history.play(1).shows("""
        order | code
        O2    | P21
    """)


def test_a_settled_row_stays_settled_while_a_row_of_the_same_id_is_open(history: History) -> None:
    history.play(
        orders="""
            order | transaction | amount
            O1    | PAY-1       | 10.00 EUR
            O2    | PAY-1       | 12.00 EUR
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | -       | PAY-1       | 10.00 EUR
            PAYMENT | O2      | PAY-1       | 10.00 EUR
        """,
    ).shows("""
        order | code
        O2    | P08
    """)
    del history.orders["O1"]  # archived
    history.play(1).shows("""
        order | code
        O2    | P08
    """)


def test_a_pair_by_provider_id_lasts(history: History) -> None:
    orders = """
        order | transaction | confirm
        O1    | PAY-1       | CONFIRMED
        O2    | PAY-2       | CANCELLED
        O3    | PAY-3       | CONFIRMED
    """
    first = history.play(
        orders=orders,
        refunds="""
            refund | order
            V2     | O2
        """,
        report="""
            type    | request | original | transaction
            PAYMENT | CUT1    |          | PAY-1
            PAYMENT | CUT2    |          | PAY-2
            PAYMENT | -       |          | PAY-3
            REFUND  | V2      | -        | RFD-V2
        """,
    )
    assert first.payments == {"O1": "P18", "O2": "OK_REFUNDED", "O3": "P00"}
    second = history.play(1, orders=orders)
    assert second.payments == {"O1": "P18", "O2": "OK_REFUNDED", "O3": "P00"}
    second.shows("""
        order | code | flags      | age
        O1    | P18  | REQUEST_ID | 1
    """)


def test_a_pair_by_provider_id_lasts_whatever_else_comes_under_that_id(history: History) -> None:
    """A second order that stores it, a second row that names it: neither takes the row from its order."""
    history.play(
        orders="""
            order | transaction | amount
            O1    | PAY-1       | 12.00 EUR
            O2    | PAY-2       | 12.00 EUR
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | -       | PAY-1       | 10.00 EUR
            PAYMENT | CUT2    | PAY-2       | 10.00 EUR
        """,
    ).shows("""
        order | code
        O1    | P08
        O2    | P08
    """)
    history.play(
        1,
        orders="""
            order | created | transaction
            O3    | 12:00   | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | OTHER   | PAY-2
        """,
    ).shows("""
        order | transaction | code
        O1    | PAY-1       | P08
        O2    | PAY-2       | P08
        O3    | PAY-1       | T01
              | PAY-2       | P06
    """)


def test_a_pair_with_one_row_and_then_with_two(history: History) -> None:
    history.play(
        orders="""
            order | transaction
            O1    | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | CUT1    | PAY-1
        """,
    ).shows("""
        order | code
        O1    | P18
    """)
    for day in (1, 2):
        report = "type | request | transaction | at\nPAYMENT | CUT1 | PAY-1 | 13:00" if day == 1 else ""
        history.play(day, report=report).shows("""
            order | code | flags
            O1    | P10  | P18 SAME_TXN REQUEST_ID
        """)


def test_our_order_learns_the_provider_id_later(history: History) -> None:
    history.play(
        orders="""
            order | transaction
            O1    | -
            O2    | -
        """,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-1
            PAYMENT | CUT     | PAY-2
        """,
    ).shows("""
        order | code
        O1    | T01
        O2    | T01
              | P06
              | P06
    """)
    day = history.play(
        1,
        orders="""
            order | transaction
            O1    | PAY-1
            O2    | PAY-2
        """,
    )
    day.shows("""
        order | code | flags
        O2    | P18  | REQUEST_ID
    """)
    day.moves("""
        break_id                    | movement | code_before | code_after | outcome
        P/shop/order/O1             | RESOLVED | T01         |            | P00
        P/shop/order/O2             | CHANGED  | T01         | P18        |
        P/alipayplus/provider/PAY-1 | RESOLVED | P06         |            | P00
        P/alipayplus/provider/PAY-2 | RESOLVED | P06         |            | P18
    """)


def test_a_refund_that_names_the_payment_by_its_provider_id(history: History) -> None:
    """The order knows no provider id; its payment must not look like one without an order."""
    day = history.play(
        orders="""
            order | transaction
            O1    | -
        """,
        report="""
            type    | request | original | original_transaction | transaction | amount
            PAYMENT | O1      |          |                      | PAY-9       | 10.00 EUR
            REFUND  | X1      | -        | PAY-9                | RFD-X1      | 4.00 EUR
        """,
    )
    assert day.payments == {"O1": "P00"}
    day.shows("""
        order | code
        O1    | R04
    """)


def test_the_same_on_a_later_day(history: History) -> None:
    history.play(
        orders="""
            order | transaction
            O1    | -
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-9
        """,
    )
    day = history.play(
        1,
        report="""
            type    | request | original | original_transaction | amount
            REFUND  | X1      | -        | PAY-9                | 4.00 EUR
        """,
    )
    day.shows("""
        transaction | code
        RFD-X1      | R04
    """)


def test_an_original_of_two_sources_is_the_order_that_the_payment_row_names(history: History) -> None:
    """Two sources may have the same keys; an order that only stores the id of the payment is not refunded."""
    history.know(
        orders="""
            order | source | sent | transaction | confirm
            O1    | one    | A1   | PAY-A1      | CONFIRMED
            O9    | one    | A9   | PAY-X       | CONFIRMED
        """
    )
    cancelled = {"source_id": "two", "payment_request_id": "B1", "provider_payment_id": "PAY-X"}
    history.orders["same key"] = history.orders["O1"] | cancelled | {"confirm_state": "CANCELLED"}
    history.play(
        report="""
            type    | request | original | original_transaction | transaction
            PAYMENT | A1      |          |                      | PAY-A1
            PAYMENT | B1      |          |                      | PAY-X
            REFUND  | X1      | -        | PAY-X                | RFD-X1
        """,
    ).shows("""
        source_id | order | code
        one       | O9    | T01
        two       | O1    | R04
    """)


def test_one_provider_id_under_two_unknown_references(history: History) -> None:
    """Two breaks must not share an identity."""
    day = history.play(
        report="""
            type    | request | original | transaction
            PAYMENT | LOST1   |          | PAY-1
            PAYMENT | LOST2   |          | PAY-1
            REFUND  | X1      | LOST1    | RFD-1
            REFUND  | X2      | LOST2    | RFD-1
        """,
    )
    day.shows("""
        break_id                          | code
        P/alipayplus/provider/PAY-1/LOST1 | P06
        P/alipayplus/provider/PAY-1/LOST2 | P06
        R/alipayplus/provider/RFD-1/X1    | R04
        R/alipayplus/provider/RFD-1/X2    | R04
    """)


def test_a_stored_refund_id_that_belongs_to_another_refund(history: History) -> None:
    history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | transaction | amount
            V1     | O1    | RFD-2       | 4.00 EUR
            V2     | O2    | RFD-2       | 4.00 EUR
        """,
        report="""
            type    | request | original | transaction | amount
            PAYMENT | O1      |          | PAY-O1      | 10.00 EUR
            PAYMENT | O2      |          | PAY-O2      | 10.00 EUR
            REFUND  | V2      | O2       | RFD-2       | 4.00 EUR
        """,
    ).shows("""
        refund | code
        V1     | T02
    """)
    history.play(1).shows("""
        refund | code
        V1     | T02
    """)
