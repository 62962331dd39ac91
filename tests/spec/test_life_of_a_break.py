"""The register: one identity for life, age, codes in order, re-opening, resolution by data."""

from __future__ import annotations

import json

import pytest

from tests.support.day import History


def test_it_opens_again_under_the_same_identity(history: History) -> None:
    history.play(
        orders="""
            order | confirm
            O1    | NOT_CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    history.play(
        1,
        orders="""
            order | confirm
            O1    | CONFIRMED
        """,
    ).moves("""
        break_id        | movement | code_before | outcome
        P/shop/order/O1 | RESOLVED | P04         | P00
    """)
    history.play(2)
    day = history.play(
        3,
        orders="""
            order | confirm
            O1    | CANCELLED
        """,
    )
    day.shows("""
        break_id        | code | age | opened     | first_opened_day | reopened_count
        P/shop/order/O1 | P05  | 0   | 2026-11-23 | 2026-11-20       | 1
    """)
    day.moves("""
        break_id        | movement | code_after
        P/shop/order/O1 | REOPENED | P05
    """)


def test_a_change_of_code_is_history(history: History) -> None:
    history.play(
        orders="""
            order | confirm
            O1    | NOT_CONFIRMED
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    history.play(
        1,
        orders="""
            order | confirm
            O1    | CANCELLED
        """,
    )
    day = history.play(2)
    day.shows("""
        break_id        | code | before | age | opened     | reopened_count
        P/shop/order/O1 | P05  | P04    | 2   | 2026-11-20 | 0
    """)
    day.moves("""
        break_id        | movement | code_before | code_after
        P/shop/order/O1 | CARRIED  | P05         | P05
    """)


def test_a_break_keeps_its_identity_when_another_payment_comes_under_the_same_alipayplus_id(history: History) -> None:
    """And the other one keeps its own when the first one is over."""
    history.play(report="type | request | transaction\nPAYMENT | LOST1 | PAY-1")
    day = history.play(1, report="type | request | transaction\nPAYMENT | LOST2 | PAY-1")
    day.moves("""
        break_id                          | movement
        P/alipayplus/provider/PAY-1       | CARRIED
        P/alipayplus/provider/PAY-1/LOST2 | NEW
    """)
    history.play(2, orders="order | sent | transaction | confirm\nO1 | LOST1 | PAY-1 | CONFIRMED").moves("""
        break_id                          | movement | outcome
        P/alipayplus/provider/PAY-1       | RESOLVED | P00
        P/alipayplus/provider/PAY-1/LOST2 | CARRIED  |
    """)


REFUNDED_BY_A_ROW = {
    "P03": ("pay | confirm\nO1 | CLOSED | CANCELLED", "O1"),
    "P04": ("confirm\nO1 | NOT_CONFIRMED", "O1"),
    "P05": ("confirm\nO1 | CANCELLED", "O1"),
    "P11": ("till | terminal\nO1 | 7 | T1\nO2 | 7 | T1", "O1"),
    "R14": ("cancel | cancel_at\nO1 | FAILED | +1 00:16", "O1"),
}


@pytest.mark.parametrize("code", REFUNDED_BY_A_ROW)
def test_what_a_refund_in_the_report_ends_was_resolved_by_the_file(history: History, code: str) -> None:
    """Our side says nothing new on that day: the refund was ours before. Of a pair, it is of the other order."""
    orders, refunded = REFUNDED_BY_A_ROW[code]
    history.play(orders=f"order | {orders}", report="type | request\nPAYMENT | O1\nPAYMENT | O2")
    before = history.play(1, refunds=f"refund | order\nV1 | {refunded}")
    assert code in [row[0] for row in before.breaks("code")]
    stated = {"amount_minor": 1000, "currency": "EUR", "order_key": "O1", "answer": "PAID"}
    history.answered(1, break_id="P/shop/order/O1", situation="SUCCESS/1", **stated)
    day = history.play(2, report=f"type | request | original\nREFUND | V1 | {refunded}")
    resolved = day.movements.filter(code_before=code, movement="RESOLVED")
    assert resolved["resolved_by"].to_list() == ["FILE"]


def test_a_payment_and_its_refund_are_two_breaks(history: History) -> None:
    day = history.play(
        orders="""
            order | confirm
            O1    | NOT_CONFIRMED
        """,
        refunds="""
            refund | order | local
            V1     | O1    | PENDING
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 20.00 EUR
            REFUND  | V1      | O1       | 10.00 EUR
        """,
    )
    day.shows("""
        break_id         | family | code | flags
        P/shop/order/O1  | P      | P04  | P08
        R/shop/refund/V1 | R      | R01  | NO_ALERT
    """)


def test_the_evidence_names_file_line_and_key(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch | transaction
            PAYMENT | ZZ      | B1    | PAY-1
            PAYMENT | O1      | B1    | PAY-O1
            PAYMENT | O1      | B2    | PAY-O1
        """,
    )
    evidence = {row["break_code"]: json.loads(row["evidence"]) for row in day.items.iter_rows(named=True)}
    one, two = evidence["P10"]["report"]
    assert (one["file"], one["version"], one["line"]) == (
        "transactionItems_P1_EUR_B1_A1_000.csv",
        1,
        6,
    )
    assert (two["file"], two["line"]) == ("transactionItems_P1_EUR_B2_A1_000.csv", 5)
    assert evidence["P10"]["ours"] == {"source_id": "shop", "order_key": "O1"}
    assert evidence["P06"]["ours"] == {}
