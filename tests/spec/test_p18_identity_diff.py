"""P18: one id agrees, the other differs; and pairs made by Alipay+'s own id."""

from __future__ import annotations

from tests.support.day import History


def test_another_provider_id(history: History) -> None:
    day = history.play(
        orders="""
            order | transaction
            O1    | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-2
        """,
    )
    day.shows("""
        order | code | severity | acts | flags | at_risk
        O1    | P18  | S2       | DEV  |       | 10.00 EUR
    """)


def test_a_truncated_reference(history: History) -> None:
    day = history.play(
        orders="""
            order                    | transaction
            20261120AAAAAAAAAAAA0001 | PAY-1
            20261120AAAAAAAAAAAA0002 | PAY-2
        """,
        report="""
            type    | request              | transaction
            PAYMENT | 20261120AAAAAAAAAAAA | PAY-2
            PAYMENT | 20261120AAAAAAAAAAAA0001 | PAY-1
        """,
    )
    day.shows("""
        order                    | code | flags
        20261120AAAAAAAAAAAA0002 | P18  | REQUEST_ID
    """)


def test_a_row_without_request_id_is_only_flagged(history: History) -> None:
    day = history.play(
        orders="""
            order | transaction | pay     | confirm
            O1    | PAY-1       | SUCCESS | CONFIRMED
            O2    | PAY-2       | SUCCESS | NOT_CONFIRMED
        """,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-1
            PAYMENT | -       | PAY-2
        """,
    )
    assert day.payments == {"O1": "P00", "O2": "P04"}
    day.shows("""
        order | code | flags
        O2    | P04  | PAIRED_BY_PROVIDER_ID
    """)


def test_two_orders_with_one_provider_id_are_not_guessed(history: History) -> None:
    day = history.play(
        orders="""
            order | transaction
            O1    | PAY-1
            O2    | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-1
        """,
    )
    day.shows("""
        order | code
        O1    | T01
        O2    | T01
              | P06
    """)


def test_an_order_that_has_its_row_adopts_no_other(history: History) -> None:
    day = history.play(
        orders="""
            order | transaction
            O1    | PAY-1
        """,
        report="""
            type    | request | transaction | batch
            PAYMENT | O1      | PAY-1       | B1
            PAYMENT | LOST    | PAY-1       | B2
        """,
    )
    day.shows("""
        order | code | payment_request_id
              | P06  | LOST
    """)
    assert day.payments["O1"] == "P00"


def test_a_row_that_has_its_order_is_not_taken_away(history: History) -> None:
    """PAY-1 stands on two rows: one has its order by request id, the other is adopted."""
    day = history.play(
        orders="""
            order | transaction
            O1    | PAY-1
            O2    | PAY-2
        """,
        report="""
            type    | request | transaction | batch
            PAYMENT | O2      | PAY-1       | B1
            PAYMENT | CUT     | PAY-1       | B2
        """,
    )
    day.shows("""
        order | code | flags
        O1    | P18  | REQUEST_ID
        O2    | P18  |
    """)
