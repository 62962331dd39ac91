"""P10: more than one PAYMENT row is left after exact repeats are removed."""

from __future__ import annotations

from tests.support.day import History


def test_two_transactions(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | 10.00 EUR
            PAYMENT | O1      | PAY-X       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | flags | inquiry
        O1    | P10  | S1       | A+   | 10.00 EUR |       | C
    """)


def test_the_same_transaction_in_two_batches(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch
            PAYMENT | O1      | B1
            PAYMENT | O1      | B2
        """,
    )
    day.shows("""
        order | code | flags    | at_risk
        O1    | P10  | SAME_TXN | 10.00 EUR
    """)


def test_an_exact_repeat_in_one_batch_is_dropped(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch | seq
            PAYMENT | O1      | B1    | 000
            PAYMENT | O1      | B1    | 001
            PAYMENT | O1      | B1    | 001
        """,
    )
    assert day.payments == {"O1": "P00"}
    assert day.items.is_empty()


def test_a_repeat_in_another_agreement_is_kept(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch | agreement
            PAYMENT | O1      | B1    | A1
            PAYMENT | O1      | B1    | A2
        """,
    )
    day.shows("""
        order | code | flags
        O1    | P10  | SAME_TXN
    """)


def test_the_second_row_comes_on_a_later_day(history: History) -> None:
    first = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert first.payments == {"O1": "P00"}
    second = history.play(
        1,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-X
        """,
    )
    second.shows("""
        order | code | at_risk   | age
        O1    | P10  | 10.00 EUR | 0
    """)
    history.play(2).shows("""
        order | code | at_risk   | age
        O1    | P10  | 10.00 EUR | 1
    """)


def test_without_an_order(history: History) -> None:
    day = history.play(
        report="""
            type    | request | transaction
            PAYMENT | LOST    | PAY-1
            PAYMENT | LOST    | PAY-2
            PAYMENT | LOST    | PAY-3
        """,
    )
    day.shows("""
        code | payment_request_id | at_risk
        P10  | LOST               | 20.00 EUR
    """)


def test_whatever_our_status(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | INIT   | NOT_CONFIRMED
            O2    | CLOSED | CANCELLED
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-1
            PAYMENT | O1      | PAY-2
            PAYMENT | O2      | PAY-3
            PAYMENT | O2      | PAY-4
        """,
    )
    day.shows("""
        order | code
        O1    | P10
        O2    | P10
    """)
