"""P11: the same till charged twice within minutes under two references."""

from __future__ import annotations

from tests.support.day import History


def test_duplicate_charge(history: History) -> None:
    day = history.play(
        orders="""
            order | terminal | till | created  | confirm
            O1    | T1       | 77   | 12:00:00 | CONFIRMED
            O2    | T1       | 77   | 12:09:59 | CONFIRMED
            O3    | T2       | 78   | 12:00:00 | CONFIRMED
            O4    | T2       | 78   | 12:10:00 | CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
            PAYMENT | O3
            PAYMENT | O4
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | deadline
        O2    | P11  | S2       | MER  | 10.00 EUR | 2027-11-20 12:09:59
    """)
    assert "The earlier order is O1." in day.explanations[0]


def test_one_sale_not_confirmed_is_worse(history: History) -> None:
    """The unconfirmed sale is P04 itself, and P11 is its flag; the later one carries it."""
    day = history.play(
        orders="""
            order | terminal | till | created | confirm
            O1    | T1       | 1    | 12:00   | NOT_CONFIRMED
            O2    | T1       | 2    | 12:02   | CONFIRMED
            O3    | T2       | 3    | 12:00   | CONFIRMED
            O4    | T2       | 4    | 12:02   | NOT_CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
            PAYMENT | O3
            PAYMENT | O4
        """,
    )
    day.shows("""
        order | code | severity | flags
        O1    | P04  | S2       |
        O2    | P11  | S1       |
        O4    | P04  | S2       | P11
    """)


def test_not_suspect(history: History) -> None:
    """Other number and both confirmed; other amount; other till; only one of them charged."""
    day = history.play(
        orders="""
            order | terminal | till | created | amount    | pay     | confirm
            A1    | T1       | 1    | 12:00   | 10.00 EUR | SUCCESS | CONFIRMED
            A2    | T1       | 2    | 12:02   | 10.00 EUR | SUCCESS | CONFIRMED
            B1    | T2       | 3    | 12:00   | 10.00 EUR | SUCCESS | CONFIRMED
            B2    | T2       | 3    | 12:02   | 11.00 EUR | SUCCESS | CONFIRMED
            C1    | T3       | 4    | 12:00   | 10.00 EUR | SUCCESS | CONFIRMED
            C2    | T4       | 4    | 12:02   | 10.00 EUR | SUCCESS | CONFIRMED
            D1    | T5       | 5    | 12:00   | 10.00 EUR | FAILED  | CANCELLED
            D2    | T5       | 5    | 12:02   | 10.00 EUR | SUCCESS | CONFIRMED
        """,
        report="""
            type    | request | amount
            PAYMENT | A1      | 10.00 EUR
            PAYMENT | A2      | 10.00 EUR
            PAYMENT | B1      | 10.00 EUR
            PAYMENT | B2      | 11.00 EUR
            PAYMENT | C1      | 10.00 EUR
            PAYMENT | C2      | 10.00 EUR
            PAYMENT | D2      | 10.00 EUR
        """,
    )
    assert day.items.is_empty()
    assert day.payments["D1"] == "OK_NO_MONEY"


def test_one_of_them_refunded(history: History) -> None:
    history.play(
        orders="""
            order | terminal | till | created
            O1    | T1       | 1    | 12:00
            O2    | T1       | 1    | 12:02
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    ).shows("""
        order | code
        O2    | P11
    """)
    day = history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    )
    assert day.items.is_empty()


def test_across_the_cut_it_waits_for_the_second_report(history: History) -> None:
    """The later order is of the next day: on this day it is neither T01 nor suspect."""
    first = history.play(
        orders="""
            order | terminal | till | created
            O1    | T1       | 1    | 23:58
            O2    | T1       | 1    | +1 00:02
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert first.items.is_empty()
    second = history.play(
        1,
        report="""
            type    | request
            PAYMENT | O2
        """,
    )
    second.shows("""
        order | code
        O2    | P11
    """)


def test_a_pair_found_by_provider_id_counts_as_charged(history: History) -> None:
    day = history.play(
        orders="""
            order | terminal | till | created
            O1    | T1       | 1    | 12:00
            O2    | T1       | 1    | 12:02
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-O1
            PAYMENT | -       | PAY-O2
        """,
    )
    day.shows("""
        order | code | flags
        O2    | P11  | PAIRED_BY_PROVIDER_ID
    """)
