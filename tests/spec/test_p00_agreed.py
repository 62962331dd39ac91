"""P00: paid, confirmed, reported once with the same figures: not a break."""

from __future__ import annotations

from tests.support.day import History


def test_agreed(history: History) -> None:
    day = history.play(
        orders="""
            order | pay     | confirm
            O1    | SUCCESS | CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert day.payments == {"O1": "P00"}
    assert day.items.is_empty()


def test_whatever_the_currency_and_the_reference(history: History) -> None:
    forty = "R" * 40
    day = history.play(
        orders=f"""
            order                 | amount
            000123                | 1200 JPY
            00A7B                 | 13500 KRW
            {forty}               | 1.250 KWD
            20261120AAAAAAAAAAAA1 | 10.00 EUR
            20261120AAAAAAAAAAAA2 | 10.00 EUR
        """,
        report=f"""
            type    | request               | amount    | settles
            PAYMENT | 000123                | 1200 JPY  | 7.40 EUR
            PAYMENT | 00A7B                 | 13500 KRW | 8.40 EUR
            PAYMENT | {forty}               | 1.250 KWD | 3.75 EUR
            PAYMENT | 20261120AAAAAAAAAAAA1 | 10.00 EUR | 10.00 EUR
            PAYMENT | 20261120AAAAAAAAAAAA2 | 10.00 EUR | 10.00 EUR
        """,
    )
    assert set(day.payments.values()) == {"P00"}
    assert day.items.is_empty()


def test_a_reference_without_its_zeros_is_another_one(history: History) -> None:
    day = history.play(
        orders="""
            order  | transaction
            000123 | -
        """,
        report="""
            type    | request | transaction
            PAYMENT | 123     | PAY-9
        """,
    )
    day.shows("""
        code | payment_request_id
        T01  | 000123
        P06  | 123
    """)
