"""C02: a fee row without its transaction, or a fee that the contract does not know."""

from __future__ import annotations

import pytest

from recon.breaks.claims import ask_of
from recon.fees import FeeContract, FeeRate, Returned
from tests.support.contract import CONTRACT, INTERCHANGE, REFUNDED, only
from tests.support.day import History

ORDERS = """
    order
    O1
"""
REPORT = """
    request
    O1
"""


@pytest.mark.parametrize("contract", [CONTRACT, FeeContract((INTERCHANGE,))])
def test_no_transaction_has_these_ids(history: History, contract: FeeContract) -> None:
    history.fees = contract
    day = history.play(
        orders=ORDERS,
        report=REPORT,
        charged="""
            request | transaction | fee
            O1      | PAY-O1      | 0.08 EUR
            LOST    | PAY-LOST    | 0.30 EUR
        """,
    )
    day.shows("""
        break_id                              | code | severity | payment_request_id | ours | theirs   | at_risk
        C/alipayplus/fee/PAY-LOST:interchange | C02  | S3       | LOST               |      | 0.30 EUR | 0.30 EUR
    """)


def test_what_is_taken_back_was_not_charged(history: History) -> None:
    """The unknown fee ends its break; the fee of O1 is not there."""
    history.fees = CONTRACT
    history.play(orders=ORDERS, report=REPORT, charged="request | fee\nLOST | 0.30 EUR\nO1 | 0.08 EUR")
    day = history.play(1, charged="request | fee | sign\nLOST | 0.30 EUR | -1\nO1 | 0.08 EUR | -1")
    day.shows("""
        transaction | code | ours     | theirs
        PAY-O1      | C01  | 0.08 EUR |
    """)


def test_a_row_without_any_alipayplus_id(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        charged="""
            request | transaction | fee
            LOST    | -           | 0.30 EUR
        """
    )
    day.shows("""
        break_id                          | code
        C/alipayplus/fee/LOST:interchange | C02
    """)


@pytest.mark.parametrize("transaction", ["PAY-O1", "OTHER", "-"])
def test_the_transaction_comes_with_the_next_report(history: History, transaction: str) -> None:
    """By Alipay+ id, or by request id where that differs or is not told."""
    history.fees = CONTRACT
    first = history.play(
        charged=f"""
            request | transaction   | fee
            O1      | {transaction} | 0.08 EUR
        """
    )
    first.shows("""
        code | at_risk
        C02  | 0.08 EUR
    """)
    history.know(1, orders=ORDERS)
    day = history.play(1, report=REPORT)
    assert day.items.is_empty()
    assert day.movements["outcome"].to_list() == ["C00"]
    assert history.play(2).items.is_empty()


@pytest.mark.parametrize("transaction", ["PAY-O1", "-"])
@pytest.mark.parametrize("other_set", ["agreement | A2", "set | USD"])
def test_it_stands_in_another_set_than_its_transaction(history: History, transaction: str, other_set: str) -> None:
    """The set of another agreement, or of another settlement currency though the fee itself names the right one."""
    history.fees = CONTRACT
    column, value = other_set.split("|")
    day = history.play(
        orders=ORDERS,
        report=REPORT,
        charged=f"""
            request | transaction   | fee      | {column}
            O1      | {transaction} | 0.08 EUR | {value}
        """,
    )
    day.shows("""
        break_id                            | code | ours     | theirs   | at_risk
        C/alipayplus/fee/PAY-O1:interchange | C02  | 0.08 EUR | 0.08 EUR | 0.08 EUR
    """)


def test_a_kind_that_the_contract_does_not_know(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=ORDERS,
        report=REPORT,
        charged="""
            request | kind            | fee
            O1      | INTERCHANGE_FEE | 0.08 EUR
            O1      | FX_FEE          | 0.11 EUR
            O1      | -               | 0.12 EUR
        """,
    )
    day.shows("""
        break_id                       | code | theirs   | at_risk
        C/alipayplus/fee/PAY-O1:FX_FEE | C02  | 0.11 EUR | 0.11 EUR
        C/alipayplus/fee/PAY-O1:FEE    | C02  | 0.12 EUR | 0.12 EUR
    """)


def test_the_contract_has_no_line_for_this_wallet(history: History) -> None:
    history.fees = only(FeeRate("interchange", 8000, psp="CN"))
    day = history.play(orders=ORDERS, report=REPORT, charged="request | fee\nO1 | 0.08 EUR")
    day.shows("""
        transaction | code | ours     | theirs
        PAY-O1      | C02  | 0.00 EUR | 0.08 EUR
    """)


def test_it_comes_back_though_nothing_was_due(history: History) -> None:
    history.fees = only(FeeRate("interchange", 8000), returned=Returned.NONE)
    day = history.play(
        **REFUNDED,
        charged="""
            type    | request | fee
            PAYMENT | O1      | 0.08 EUR
            REFUND  | R1      | 0.08 EUR
        """,
    )
    day.shows("""
        break_id                            | code | refund_request_id | ours     | theirs
        C/alipayplus/fee/RFD-R1:interchange | C02  | R1                | 0.00 EUR | -0.08 EUR
    """)
    (row,) = day.items.iter_rows(named=True)
    assert row["what_to_do"].startswith("Look for the refund, ")
    assert "Claim" not in row["what_to_do"]
    assert "take it back" in ask_of(row).wanted


@pytest.mark.parametrize(
    ("returned", "sign", "found"),
    [
        (Returned.NONE, -1, [("RFD-R1", "C02", "0.00 EUR", "-0.08 EUR")]),
        (Returned.PRO_RATA, 1, [("RFD-R1", "C02", "-0.08 EUR", "0.08 EUR")]),
        (Returned.PRO_RATA, -1, []),
    ],
)
def test_a_refund_of_a_payment_that_no_report_holds(
    history: History, returned: Returned, sign: int, found: list[tuple[str, ...]]
) -> None:
    """How much comes back is not known; but nothing where the contract keeps it, and no fee is charged for a refund."""
    history.fees = only(FeeRate("interchange", 8000), returned=returned)
    day = history.play(
        orders="order | created\nO1 | -3 12:00",
        refunds="refund | order\nR1 | O1",
        report="type | request | original\nREFUND | R1 | O1",
        charged=f"type | request | fee | sign\nREFUND | R1 | 0.08 EUR | {sign}",
    )
    assert day.breaks("transaction", "code", "ours", "theirs") == found
