"""C05: the fee is charged in another currency than its transaction is settled in."""

from __future__ import annotations

import pytest

from recon.fees import FeeContract, FeeRate, Returned
from tests.support.contract import CONTRACT, INTERCHANGE, REFUNDED, only
from tests.support.day import History


@pytest.mark.parametrize(("contract", "ours"), [(CONTRACT, "0.08 EUR"), (FeeContract((INTERCHANGE,)), "")])
def test_another_currency(history: History, contract: FeeContract, ours: str) -> None:
    history.fees = contract
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            request
            O1
        """,
        charged="""
            request | fee
            O1      | 0.08 USD
        """,
    )
    day.shows(f"""
        transaction | code | severity | acts | ours   | theirs   | difference
        PAY-O1      | C05  | S3       | FIN  | {ours} | 0.08 USD |
    """)


def test_the_transaction_currency_does_not_matter(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders="""
            order | amount
            O1    | 1500 JPY
        """,
        report="""
            request | amount   | settles
            O1      | 1500 JPY | 10.00 EUR
        """,
        charged="""
            request | fee
            O1      | 0.08 EUR
        """,
    )
    assert day.items.is_empty()


def test_where_nothing_is_due_the_amount_is_that_of_the_report_in_its_currency(history: History) -> None:
    history.fees = only(FeeRate("interchange", 0))
    day = history.play(orders="order\nO1", report="request\nO1", charged="request | fee\nO1 | 500 JPY")
    day.shows("""
        transaction | code | ours | theirs  | at_risk | currency
        PAY-O1      | C05  |      | 500 JPY | 500 JPY | JPY
    """)


@pytest.mark.parametrize(
    ("returned", "ours", "at_risk"), [(Returned.PRO_RATA, "-0.08 EUR", "0.08 EUR"), (Returned.NONE, "", "0.09 USD")]
)
def test_money_at_risk_of_a_returned_fee(history: History, returned: Returned, ours: str, at_risk: str) -> None:
    history.fees = only(FeeRate("interchange", 8000), returned=returned)
    charged = "type | request | fee\nPAYMENT | O1 | 0.08 EUR\nREFUND | R1 | 0.09 USD"
    history.play(**REFUNDED, charged=charged).shows(f"""
        transaction | code | ours   | theirs    | at_risk
        RFD-R1      | C05  | {ours} | -0.09 USD | {at_risk}
    """)


@pytest.mark.parametrize("others", ["", "O1 | 0.08 EUR"])
def test_nothing_is_in_no_currency(history: History, others: str) -> None:
    """A row of zero is a row of zero, whatever currency it names."""
    history.fees = only(FeeRate("interchange", 8000 if others else 0))
    charged = f"request | fee\nO1 | 0.00 USD\n{others}"
    assert history.play(orders="order\nO1", report="request\nO1", charged=charged).items.is_empty()


def test_a_row_of_zero_in_another_set_takes_no_part(history: History) -> None:
    history.fees = CONTRACT
    charged = "request | fee | set\nO1 | 0.08 EUR | EUR\nO1 | 0 JPY | JPY"
    assert history.play(orders="order\nO1", report="request\nO1", charged=charged).items.is_empty()
