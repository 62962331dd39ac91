"""C05: the fee is charged in another currency than its transaction is settled in."""

from __future__ import annotations

import pytest

from recon.fees import FeeContract
from tests.support.contract import CONTRACT, INTERCHANGE
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
