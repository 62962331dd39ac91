"""P20: a cancelled payment was reported and taken back in full; a note."""

from __future__ import annotations

from tests.support.day import History

CLOSED = """
    order | pay    | confirm
    O1    | CLOSED | CANCELLED
"""


def test_the_opposite_row_is_a_refund(history: History) -> None:
    day = history.play(
        orders=CLOSED,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | state | acts | flags | at_risk
        O1    | P20  | S4       | NOTED | FIN  |       | 0.00 EUR
    """)
    assert day.items["what_to_do"].to_list() == ["Nothing to repair; check that its fee came back."]
    assert day.refunds == {"RFD-X1": "NETTED"}
    assert history.play(1).items.is_empty()


def test_the_opposite_row_is_of_an_unknown_type(history: History) -> None:
    day = history.play(
        orders=CLOSED,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            CANCEL  | O1      |          | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | state
        O1    | P20  | NOTED
    """)
    assert day.refunds == {"OTH-O1": "NETTED"}


def test_the_opposite_row_comes_a_day_later(history: History) -> None:
    history.play(
        orders=CLOSED,
        report="""
            type    | request
            PAYMENT | O1
        """,
    ).shows("""
        order | code | state
        O1    | P03  | OPEN
    """)
    day = history.play(
        1,
        report="""
            type     | request | original
            REVERSAL | X1      | O1
        """,
    )
    day.shows("""
        order | code | state
        O1    | P20  | NOTED
    """)
    day.moves("""
        break_id        | movement | code_before | code_after | outcome
        P/shop/order/O1 | NOTED    |             | P20        |
        P/shop/order/O1 | RESOLVED | P03         |            | P20
    """)


def test_two_rows_of_one_payment_explain_no_opposite_row(history: History) -> None:
    day = history.play(
        orders=CLOSED,
        report="""
            type    | request | original | transaction
            PAYMENT | O1      |          | PAY-1
            PAYMENT | O1      |          | PAY-2
            REFUND  | X1      | O1       | RFD-1
        """,
    )
    day.shows("""
        order | code
        O1    | P10
        O1    | R04
    """)


def test_more_went_back_than_was_paid(history: History) -> None:
    """That nets to something: P03, and the status is right all the same."""
    day = history.play(
        orders=CLOSED,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 6.00 EUR
            REFUND  | X2      | O1       | 5.00 EUR
        """,
    )
    paid = day.items.filter(day.items["family"] == "P")
    assert paid.select("break_code", "severity", "flags").rows() == [("P03", "S2", "MONEY_BACK")]
    assert paid["what_to_do"].to_list() == [
        "Do not refund it again. Correct the status of the order, unless it is closed, which is right."
    ]


def test_netted_by_two_refunds(history: History) -> None:
    day = history.play(
        orders=CLOSED,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | X1      | O1       | 6.00 EUR
            REFUND  | X2      | O1       | 4.00 EUR
        """,
    )
    day.shows("""
        order | code | flags
        O1    | P20  |
    """)
