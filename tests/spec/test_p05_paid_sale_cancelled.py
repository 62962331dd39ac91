"""P05: the merchant cancelled the sale, and not all money went back."""

from __future__ import annotations

import pytest

from tests.support.day import History


def test_paid_sale_cancelled(history: History) -> None:
    day = history.play(
        orders="""
            order | confirm
            O1    | CANCELLED
            O2    | CANCELLED
            O3    | CANCELLED
        """,
        refunds="""
            refund | order | amount
            V2     | O2    | 4.00 EUR
            V3     | O3    | 10.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            REFUND  | V2      | O2       | 4.00 EUR
            REFUND  | V3      | O3       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | deadline            | inquiry
        O1    | P05  | S1       | OPS  | 10.00 EUR | 2027-11-20 12:00:00 | N
        O2    | P05  | S1       | OPS  | 6.00 EUR  | 2027-11-20 12:00:00 | N
    """)
    assert day.payments["O3"] == "OK_REFUNDED"


ASKS_FOR_A_REFUND = {
    "P01": "pay | confirm\nO1 | INIT | NOT_CONFIRMED",
    "P02": "pay | confirm\nO1 | FAILED | CANCELLED",
    "P03": "pay | confirm\nO1 | CLOSED | CANCELLED",
    "P04": "confirm\nO1 | NOT_CONFIRMED",
    "P05": "confirm\nO1 | CANCELLED",
    "P15": "test\nO1 | yes",
    "R14": "cancel | cancel_at\nO1 | FAILED | +1 00:16",
}


@pytest.mark.parametrize("code", ASKS_FOR_A_REFUND)
def test_what_we_refunded_is_not_to_be_refunded_again_while_its_report_is_awaited(history: History, code: str) -> None:
    """A first part, then the rest; Alipay+ reports both later. A refund without a clear answer is none."""
    history.play(orders=f"order | {ASKS_FOR_A_REFUND[code]}", report="type | request\nPAYMENT | O1")
    part = history.play(1, refunds="refund | order | amount\nV1 | O1 | 6.00 EUR")
    assert (code, "") in part.breaks("code", "flags")
    unclear = history.play(
        2, refunds="refund | order | amount | provider | local\nV2 | O1 | 4.00 EUR | UNKNOWN | PENDING"
    )
    assert (code, "") in unclear.breaks("code", "flags")
    sent = history.play(2, refunds="refund | provider | local | refunded\nV2 | SUCCESS | VOIDED | 13:00")
    assert (code, "REFUND_SENT") in sent.breaks("code", "flags")
    (step,) = sent.items.filter(break_code=code)["what_to_do"]
    assert step.startswith("Do not refund it again")
    reported = history.play(
        3,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 6.00 EUR
            REFUND | V2      | O1       | 4.00 EUR
        """,
    )
    assert "REFUND_SENT" not in " ".join(flags for (flags,) in reported.breaks("flags"))


def test_a_refund_under_way_says_nothing_about_a_sale_that_counts(history: History) -> None:
    day = history.play(orders="order\nO1", refunds="refund | order\nV1 | O1", report="type | request\nPAYMENT | O1")
    assert day.breaks("code", "flags") == [("T02", "")]
