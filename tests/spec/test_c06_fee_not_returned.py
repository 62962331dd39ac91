"""C06: a refund without the return of its fee that the contract promises."""

from __future__ import annotations

import pytest

from recon.fees import FeeContract, FeeRate, Returned
from tests.support.contract import CONTRACT, INTERCHANGE, REFUNDED, only
from tests.support.day import History

CHARGED = """
    request | fee
    O1      | 0.08 EUR
"""


@pytest.mark.parametrize("contract", [CONTRACT, only(FeeRate("interchange", 8000), returned=Returned.FULL)])
def test_nothing_came_back(history: History, contract: FeeContract) -> None:
    history.fees = contract
    day = history.play(**REFUNDED, charged=CHARGED)
    day.shows("""
        break_id                            | code | severity | acts | refund_request_id | ours     | theirs | at_risk
        C/alipayplus/fee/RFD-R1:interchange | C06  | S3       | FIN  | R1                | 0.08 EUR |        | 0.08 EUR
    """)
    assert day.explanations == ["By contract a fee of 0.08 EUR comes back with this refund, and it has not."]


def test_it_comes_back_with_the_next_report(history: History) -> None:
    history.fees = CONTRACT
    history.play(**REFUNDED, charged=CHARGED)
    day = history.play(
        1,
        charged="""
            type   | request | fee
            REFUND | R1      | 0.08 EUR
        """,
    )
    assert day.items.is_empty()
    assert day.movements["outcome"].to_list() == ["C00"]


@pytest.mark.parametrize(
    "contract",
    [only(FeeRate("interchange", 8000), returned=Returned.NONE), FeeContract((INTERCHANGE,))],
)
def test_nothing_is_promised(history: History, contract: FeeContract) -> None:
    history.fees = contract
    assert history.play(**REFUNDED, charged=CHARGED).items.is_empty()


def test_the_payment_is_older_than_the_first_day(history: History) -> None:
    """How much is due is not known to the last unit; that something is, is."""
    history.fees = CONTRACT
    day = history.play(
        orders="""
            order | created
            O1    | -3 12:00
        """,
        refunds="""
            refund | order
            R1     | O1
        """,
        report="""
            type   | request | original
            REFUND | R1      | O1
        """,
    )
    day.shows("""
        transaction | code | ours
        RFD-R1      | C06  | 0.08 EUR
    """)


def test_one_of_two_returns_of_a_refund_that_was_cleared_under_two_agreements(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=REFUNDED["orders"],
        refunds=REFUNDED["refunds"],
        report="""
            type    | request | original | agreement
            PAYMENT | O1      |          | A1
            REFUND  | R1      | O1       | A1
            REFUND  | R1      | O1       | A2
        """,
        charged="type | request | fee | agreement\nPAYMENT | O1 | 0.08 EUR | A1\nREFUND | R1 | 0.08 EUR | A1",
    )
    (found,) = day.items.filter(family="C").iter_rows(named=True)
    assert (found["break_code"], found["order_amount_minor"], found["report_amount_minor"]) == ("C06", 16, 8)
    assert found["amount_at_risk_minor"] == 8
    assert "come back with the rows of this refund, and Alipay+ returned 0.08 EUR" in found["explanation"]
