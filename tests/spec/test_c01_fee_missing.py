"""C01: the contract gives a fee and Alipay+ has not charged it."""

from __future__ import annotations

from recon.fees import FeeRate
from tests.support.contract import BOTH_KINDS, CONTRACT, only
from tests.support.day import History

PAID = {
    "orders": """
        order
        O1
        O2
    """,
    "report": """
        request
        O1
        O2
    """,
}


def test_one_kind_of_one_payment_is_missing(history: History) -> None:
    history.fees = BOTH_KINDS
    day = history.play(
        **PAID,
        charged="""
            request | kind            | fee
            O1      | INTERCHANGE_FEE | 0.08 EUR
            O2      | INTERCHANGE_FEE | 0.08 EUR
            O2      | SERVICE_FEE     | 0.02 EUR
        """,
    )
    day.shows("""
        break_id                        | code | severity | acts | inquiry | payment_request_id | ours     | at_risk
        C/alipayplus/fee/PAY-O1:service | C01  | S3       | FIN  | N       | O1                 | 0.02 EUR | 0.02 EUR
    """)
    assert day.explanations == ["By contract a fee of 0.02 EUR is due, and Alipay+ has not charged it."]


def test_the_fee_comes_with_the_next_report(history: History) -> None:
    history.fees = CONTRACT
    first = """
        request | fee
        O2      | 0.08 EUR
    """
    history.play(**PAID, charged=first).shows("""
        transaction | code | age
        PAY-O1      | C01  | 0
    """)
    history.play(1).shows("""
        transaction | code | age
        PAY-O1      | C01  | 1
    """)
    late = """
        request | fee
        O1      | 0.08 EUR
    """
    day = history.play(2, charged=late)
    assert day.items.is_empty()
    day.moves("""
        break_id                            | movement | outcome | resolved_by
        C/alipayplus/fee/PAY-O1:interchange | RESOLVED | C00     | FILE
    """)
    assert history.play(3).items.is_empty()


def test_it_comes_late_and_wrong(history: History) -> None:
    history.fees = CONTRACT
    history.play(**PAID, charged="request | fee\nO2 | 0.08 EUR")
    day = history.play(1, charged="request | fee\nO1 | 0.09 EUR")
    day.shows("""
        transaction | code | previous_code | age | difference
        PAY-O1      | C04  | C01           | 1   | 0.01 EUR
    """)


def test_nothing_is_due_on_a_fee_that_rounds_to_nothing(history: History) -> None:
    history.fees = only(FeeRate("interchange", 100))
    day = history.play(**PAID)
    assert day.items.is_empty()
    assert day.fees == {"PAY-O1:interchange": "FEE_NOT_DUE", "PAY-O2:interchange": "FEE_NOT_DUE"}


def test_one_of_two_agreements_lacks_its_fee(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            request | agreement
            O1      | A1
            O1      | A2
        """,
        charged="""
            request | agreement | fee
            O1      | A1        | 0.08 EUR
        """,
    )
    assert ("C01",) in day.breaks("code")


def test_one_of_two_fees_of_a_payment_that_was_cleared_under_two_agreements(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders="order\nO1",
        report="request | agreement\nO1 | A1\nO1 | A2",
        charged="request | fee | agreement\nO1 | 0.08 EUR | A1",
    )
    (found,) = day.items.filter(family="C").iter_rows(named=True)
    assert (found["break_code"], found["amount_at_risk_minor"]) == ("C01", 13)
    assert found["explanation"] == (
        "By contract fees of 0.21 EUR are due for the rows of this transaction, and Alipay+ charged 0.08 EUR for a "
        "part of them: 0.13 EUR apart."
    )
