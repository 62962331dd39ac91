"""T01, then P07: we hold an order as paid, and no report has it."""

from __future__ import annotations

from recon.tolerance import Tolerance
from tests.support.day import History


def test_waiting_until_the_second_day_after(history: History) -> None:
    first = history.play(
        orders="""
            order | created
            O1    | 23:59:50
        """,
    )
    first.shows("""
        order | code | severity | state   | acts   | deadline            | break_day  | at_risk
        O1    | T01  | S4       | WAITING | nobody | 2026-11-23 08:30:00 | 2026-11-22 | 0.00 EUR
    """)
    second = history.play(1)
    second.shows("""
        order | code | state   | age
        O1    | T01  | WAITING | 1
    """)
    third = history.play(2)
    third.shows("""
        order | code | severity | state | acts | age | before | at_risk   | break_id
        O1    | P07  | S1       | OPEN  | OPS  | 2   | T01    | 10.00 EUR | P/shop/order/O1
    """)
    third.moves("""
        break_id        | movement | code_before | code_after
        P/shop/order/O1 | CHANGED  | T01         | P07
    """)


def test_the_report_brings_it_late(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
    )
    day = history.play(
        1,
        report="""
            type    | request | at
            PAYMENT | O1      | -1 12:00:05
        """,
    )
    day.shows("""
        order | code | state
        O1    | P12  | NOTED
    """)
    day.moves("""
        break_id        | movement | code_before | code_after | outcome
        P/shop/order/O1 | NOTED    |             | P12        |
        P/shop/order/O1 | RESOLVED | T01         |            | P12
    """)


def test_what_was_refunded_is_not_at_risk(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 4.00 EUR
        """,
    )
    history.play(1)
    history.play(2).shows("""
        order | code | at_risk
        O1    | P07  | 6.00 EUR
    """)


def test_no_late_cycles(history: History) -> None:
    history.tolerance = Tolerance(late_cycles=0)
    day = history.play(
        orders="""
            order
            O1
        """,
    )
    day.shows("""
        order | code
        O1    | P07
    """)


def test_a_row_that_names_it_takes_money_away(history: History) -> None:
    """It is no payment: we still wait, but say where to look."""
    day = history.play(orders="order\nO1\nO2", report="type | request | sign\nADJUSTMENT | O1 | -1")
    assert day.breaks("order", "code", "flags") == [("O1", "T01", "MONEY_AWAY"), ("O2", "T01", "")]
    (texts,) = day.items.filter(order_key="O1").select("explanation", "what_to_do").rows()
    assert "A report row names it, but takes money away from us, and is no refund." in texts[0]
    assert texts[1].startswith("Look at the row in the Transaction Detail Report")
