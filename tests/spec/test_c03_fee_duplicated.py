"""C03: more fee rows of one kind than the transaction has rows."""

from __future__ import annotations

import pytest

from recon.breaks.claims import OF_A_RETURNED_FEE, ask_of
from recon.fees import FeeContract
from tests.support.contract import CONTRACT, INTERCHANGE, REFUNDED
from tests.support.day import History

ORDERS = """
    order
    O1
"""
REPORT = """
    request
    O1
"""
TWICE = """
    request | fee
    O1      | 0.08 EUR
    O1      | 0.08 EUR
"""


@pytest.mark.parametrize("contract", [CONTRACT, FeeContract((INTERCHANGE,))])
def test_in_one_file(history: History, contract: FeeContract) -> None:
    history.fees = contract
    day = history.play(orders=ORDERS, report=REPORT, charged=TWICE)
    day.shows("""
        transaction | fee         | code | severity | acts | theirs   | at_risk
        PAY-O1      | interchange | C03  | S2       | FIN  | 0.16 EUR | 0.08 EUR
    """)
    assert day.explanations == ["Alipay+ charged the same fee more than once; 0.08 EUR is in excess."]


def test_again_on_a_later_day_and_then_taken_back(history: History) -> None:
    history.fees = CONTRACT
    history.play(orders=ORDERS, report=REPORT, charged="request | fee\nO1 | 0.08 EUR")
    history.play(1, charged="request | fee\nO1 | 0.08 EUR").shows("""
        transaction | code | at_risk  | age
        PAY-O1      | C03  | 0.08 EUR | 0
    """)
    history.play(2).shows("""
        transaction | code | at_risk  | age
        PAY-O1      | C03  | 0.08 EUR | 1
    """)
    day = history.play(3, charged="request | fee | sign\nO1 | 0.08 EUR | -1")
    assert day.items.is_empty()
    assert day.movements["outcome"].to_list() == ["C00"]


@pytest.mark.parametrize("back", ["0.01 EUR | -1 | A1", "0.08 EUR | -1 | A2"])
def test_another_amount_or_another_set_does_not_take_it_back(history: History, back: str) -> None:
    history.fees = FeeContract((INTERCHANGE,))
    charged = f"request | fee | sign | agreement\nO1 | 0.08 EUR | 1 | A1\nO1 | 0.08 EUR | 1 | A1\nO1 | {back}"
    assert history.play(orders=ORDERS, report=REPORT, charged=charged).breaks("code") == [("C03",)]


def test_the_second_one_by_request_id(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=ORDERS,
        report=REPORT,
        charged="""
            request | transaction | fee
            O1      | PAY-O1      | 0.08 EUR
            O1      | -           | 0.05 EUR
        """,
    )
    day.shows("""
        transaction | code | at_risk
        PAY-O1      | C03  | 0.05 EUR
    """)


def test_two_captures_of_one_order_owe_a_fee_each(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=ORDERS,
        report="""
            request | transaction
            O1      | PAY-1
            O1      | PAY-2
        """,
        charged="""
            request | transaction | fee
            O1      | PAY-1       | 0.08 EUR
            O1      | PAY-2       | 0.08 EUR
        """,
    )
    assert day.breaks("code") == [("P10",)]


def test_a_row_with_an_id_of_its_own_is_carried_with_its_transaction(history: History) -> None:
    """It was found to belong to it by its request id, and is found again."""
    history.fees = CONTRACT
    charged = """
        request | transaction | fee
        O1      | PAY-O1      | 0.08 EUR
        O1      | PAY-OTHER   | 0.08 EUR
    """
    for offset, table in enumerate((charged, "", "")):
        day = history.play(offset, orders=ORDERS, report="" if offset else REPORT, charged=table)
        day.shows(f"""
            transaction | code | at_risk  | age
            PAY-O1      | C03  | 0.08 EUR | {offset}
        """)


@pytest.mark.parametrize("contract", [CONTRACT, FeeContract((INTERCHANGE,))])
def test_once_more_in_another_currency(history: History, contract: FeeContract) -> None:
    history.fees = contract
    day = history.play(orders=ORDERS, report=REPORT, charged="request | fee\nO1 | 0.08 EUR\nO1 | 9 JPY")
    day.shows("""
        transaction | code | theirs | at_risk
        PAY-O1      | C03  | 9 JPY  | 9 JPY
    """)
    assert day.explanations[0].startswith("Alipay+ charged the same fee more than once; 9 JPY is in excess.")


def test_it_comes_back_twice(history: History) -> None:
    """The same words the other way: nothing is claimed, and the excess goes back."""
    history.fees = CONTRACT
    day = history.play(
        **REFUNDED,
        charged="""
            type    | request | fee
            PAYMENT | O1      | 0.08 EUR
            REFUND  | R1      | 0.08 EUR
            REFUND  | R1      | 0.08 EUR
        """,
    )
    day.shows("""
        transaction | code | ours      | theirs    | at_risk
        RFD-R1      | C03  | -0.08 EUR | -0.16 EUR | 0.08 EUR
    """)
    assert day.explanations == ["Alipay+ returned the same fee more than once; 0.08 EUR is in excess."]
    (row,) = day.items.iter_rows(named=True)
    assert "Claim" not in row["what_to_do"]
    assert ask_of(row) == OF_A_RETURNED_FEE["C03"]


@pytest.mark.parametrize(
    ("first", "later", "codes"),
    [
        ("0.08 EUR | 1", "0.05 EUR | -1", []),
        ("0.08 EUR | 1", "0.05 EUR | -1\nO1 | 0.03 EUR | -1", []),
        ("0.08 EUR | 1", "0.03 EUR | 1\nO1 | 0.05 EUR | -1", [("C03", "0.06 EUR", "0.03 EUR")]),
    ],
)
def test_what_is_taken_back_in_part_is_no_second_fee(
    history: History, first: str, later: str, codes: list[tuple[str, ...]]
) -> None:
    """No rate says what is due: a fee that was made smaller afterwards was charged once."""
    history.fees = FeeContract((INTERCHANGE,))
    history.play(orders=ORDERS, report=REPORT, charged=f"request | fee | sign\nO1 | {first}")
    day = history.play(1, charged=f"request | fee | sign\nO1 | {later}")
    assert day.breaks("code", "theirs", "at_risk") == codes


def test_a_fee_that_came_back_in_parts_may_be_charged_again(history: History) -> None:
    history.fees = FeeContract((INTERCHANGE,))
    history.play(orders=ORDERS, report=REPORT, charged="request | fee\nO1 | 0.08 EUR")
    back = "request | fee | sign\nO1 | 0.05 EUR | -1\nO1 | 0.03 EUR | -1"
    assert history.play(1, charged=back).items.is_empty()
    assert history.play(2, charged="request | fee\nO1 | 0.08 EUR").items.is_empty()
    assert history.play(3, charged="request | fee\nO1 | 0.08 EUR").breaks("code", "at_risk") == [("C03", "0.08 EUR")]


def test_too_much_after_a_part_was_taken_back_is_a_difference(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=ORDERS, report=REPORT, charged="request | fee | sign\nO1 | 0.16 EUR | 1\nO1 | 0.05 EUR | -1"
    )
    assert day.breaks("code", "theirs", "at_risk") == [("C04", "0.11 EUR", "0.03 EUR")]
