"""P10: more than one PAYMENT row is left after exact repeats are removed."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("ours", "first", "second", "at_risk"),
    [
        ("2801 JPY", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("50.00 EUR", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("10.000 KWD", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("10.000 KWD", "2801 JPY", "2801 JPY", "2,801 JPY"),
        ("2801 JPY", "2801 JPY", "2801 JPY", "2,801 JPY"),
    ],
)
def test_amounts_of_two_currencies_are_not_added(
    history: History, ours: str, first: str, second: str, at_risk: str
) -> None:
    day = history.play(
        orders=f"""
            order | amount
            O1    | {ours}
        """,
        report=f"""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | {first}
            PAYMENT | O1      | PAY-X       | {second}
        """,
    )
    day.shows(f"""
        order | code | at_risk
        O1    | P10  | {at_risk}
    """)
    assert f"{at_risk} is there too often" in day.explanations[0]


def test_what_is_too_often_in_the_own_currency_counts_first(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | 10.00 EUR
            PAYMENT | O1      | PAY-X       | 2801 JPY
            PAYMENT | O1      | PAY-Y       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | at_risk
        O1    | P10  | 10.00 EUR
    """)
