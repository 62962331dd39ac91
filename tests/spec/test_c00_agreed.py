"""C00: the fee of a transaction is as contracted; whatever carries no rate is judged for belonging and number only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recon.fees import FeeContract, FeeKind, FeeRate, Returned, Rounding
from tests.support.contract import BOTH_KINDS, CONTRACT, INTERCHANGE
from tests.support.day import History

ONE_ORDER = """
    order
    O1
"""
ONE_ROW = """
    request
    O1
"""


def test_nothing_is_found_where_each_fee_is_as_contracted(history: History) -> None:
    history.fees = BOTH_KINDS
    day = history.play(
        orders="""
            order
            O1
            O2
        """,
        report="""
            request | psp
            O1      | WALLET
            O2      | CN
        """,
        charged="""
            request | kind            | fee
            O1      | INTERCHANGE_FEE | 0.08 EUR
            O2      | INTERCHANGE_FEE | 0.05 EUR
            O1      | service_fee     | 0.02 EUR
            O2      | SERVICE_FEE     | 0.02 EUR
        """,
    )
    assert day.items.is_empty()
    assert day.fees == {}


@pytest.mark.parametrize(
    ("psp", "merchant", "agreement", "amount", "fee"),
    [
        ("WALLET", "M1", "A1", "10.00 EUR", "0.08 EUR"),
        ("CN", "M1", "A1", "10.00 EUR", "0.05 EUR"),  # the wallet before the rest
        ("WALLET", "M1", "A2", "100.00 EUR", "1.25 EUR"),  # hundredths of a basis point
        ("CN", "M1", "A2", "10.00 EUR", "0.05 EUR"),  # the wallet before the agreement
        ("CN", "M9", "A1", "100.00 EUR", "0.35 EUR"),  # the merchant group before the wallet; share and fixed part
        ("WALLET", "M8", "A1", "1.00 EUR", "0.10 EUR"),  # the minimum
        ("WALLET", "M8", "A1", "900.00 EUR", "0.50 EUR"),  # the cap
        ("NEW", "M1", "A1", "10.00 EUR", "0.01 EUR"),  # the range of dates
    ],
)
def test_the_most_specific_line_of_the_contract_counts(
    history: History, psp: str, merchant: str, agreement: str, amount: str, fee: str
) -> None:
    history.fees = CONTRACT
    history.agreements = ()
    report = f"""
        request | amount   | agreement   | psp   | merchant
        O1      | {amount} | {agreement} | {psp} | {merchant}
    """
    orders = f"""
        order | amount   | merchant   | psp
        O1    | {amount} | {merchant} | {psp}
    """
    charged = f"""
        request | fee   | agreement
        O1      | {fee} | {agreement}
    """
    assert history.play(orders=orders, report=report, charged=charged).items.is_empty()


def test_a_rate_ends_with_its_last_day(history: History) -> None:
    history.fees = CONTRACT
    for offset, fee in ((0, "0.01 EUR"), (1, "0.02 EUR")):
        day = history.play(
            offset,
            orders=f"""
                order     | psp
                O{offset} | NEW
            """,
            report=f"""
                request   | psp
                O{offset} | NEW
            """,
            charged=f"""
                request   | fee
                O{offset} | {fee}
            """,
        )
        assert day.items.is_empty()


def test_each_rounding(history: History) -> None:
    """Two hundredths of four payments, as four kinds of fee that are rounded otherwise."""
    history.fees = FeeContract(
        tuple(FeeKind(rounding, rounding=rounding) for rounding in Rounding),
        tuple(FeeRate(rounding, 20_000) for rounding in Rounding),
    )
    day = history.play(
        orders="""
            order | amount
            O1    | 1.25 EUR
            O2    | 1.75 EUR
            O3    | 1.01 EUR
            O4    | 1.49 EUR
        """,
        report="""
            request | amount
            O1      | 1.25 EUR
            O2      | 1.75 EUR
            O3      | 1.01 EUR
            O4      | 1.49 EUR
        """,
        charged="""
            request | kind      | fee
            O1      | HALF_UP   | 0.03 EUR
            O1      | HALF_EVEN | 0.02 EUR
            O1      | UP        | 0.03 EUR
            O1      | DOWN      | 0.02 EUR
            O2      | HALF_UP   | 0.04 EUR
            O2      | HALF_EVEN | 0.04 EUR
            O2      | UP        | 0.04 EUR
            O2      | DOWN      | 0.03 EUR
            O3      | HALF_UP   | 0.02 EUR
            O3      | HALF_EVEN | 0.02 EUR
            O3      | UP        | 0.03 EUR
            O3      | DOWN      | 0.02 EUR
            O4      | HALF_UP   | 0.03 EUR
            O4      | HALF_EVEN | 0.03 EUR
            O4      | UP        | 0.03 EUR
            O4      | DOWN      | 0.02 EUR
        """,
    )
    assert day.items.is_empty()


def test_within_the_tolerance(history: History) -> None:
    history.fees = replace(CONTRACT, tolerance_minor=1)
    charged = """
        request | fee
        O1      | 0.09 EUR
    """
    assert history.play(orders=ONE_ORDER, report=ONE_ROW, charged=charged).items.is_empty()


def test_a_fee_is_found_by_request_id_where_the_row_names_no_transaction(history: History) -> None:
    history.fees = CONTRACT
    charged = """
        request | transaction | fee
        O1      | -           | 0.08 EUR
    """
    day = history.play(orders=ONE_ORDER, report=ONE_ROW, charged=charged)
    assert day.items.is_empty()
    assert day.fees == {"PAY-O1:interchange": "C00"}


def test_a_row_that_was_delivered_twice_with_its_fee_is_no_double_fee(history: History) -> None:
    history.fees = CONTRACT
    for charged in (
        """
        request | fee
        O1      | 0.08 EUR
        """,
        """
        request | fee
        O1      | 0.08 EUR
        O1      | 0.08 EUR
        """,
    ):
        day = history.play(
            orders=ONE_ORDER,
            report="""
                request
                O1
                O1
            """,
            charged=charged,
        )
        assert day.items.is_empty()


def test_one_transaction_cleared_in_two_agreements_owes_both_fees(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        orders=ONE_ORDER,
        report="""
            request | agreement
            O1      | A1
            O1      | A2
        """,
        charged="""
            request | agreement | fee
            O1      | A1        | 0.08 EUR
            O1      | A2        | 0.13 EUR
        """,
    )
    assert day.breaks("code") == [("P10",)]
    assert day.fees == {"PAY-O1:interchange": "C00"}


REFUNDED = {
    "orders": """
        order | amount
        O1    | 30.00 EUR
    """,
    "refunds": """
        refund | order | amount
        R1     | O1    | 10.00 EUR
    """,
    "report": """
        type    | request | original | amount
        PAYMENT | O1      |          | 30.00 EUR
        REFUND  | R1      | O1       | 10.00 EUR
    """,
}


def test_what_comes_back_with_a_part(history: History) -> None:
    """Of three kinds of fee: as much as of the payment, nothing, and nothing before the whole comes back."""
    history.fees = returned_as(Returned.PRO_RATA, Returned.NONE, Returned.FULL)
    charged = """
        type    | request | kind     | fee
        PAYMENT | O1      | pro_rata | 0.24 EUR
        PAYMENT | O1      | none     | 0.24 EUR
        PAYMENT | O1      | full     | 0.24 EUR
        REFUND  | R1      | pro_rata | 0.08 EUR
    """
    assert history.play(**REFUNDED, charged=charged).items.is_empty()


def test_what_comes_back_with_the_whole(history: History) -> None:
    """A payment of the day before; minimum and fixed part come back, too."""
    history.fees = returned_as(Returned.PRO_RATA, Returned.FULL, fixed_minor=7, minimum_minor=20, currency="EUR")
    history.play(
        orders=ONE_ORDER,
        report=ONE_ROW,
        charged="""
            request | kind     | fee
            O1      | pro_rata | 0.20 EUR
            O1      | full     | 0.20 EUR
        """,
    )
    day = history.play(
        1,
        refunds="""
            refund | order
            R1     | O1
        """,
        report="""
            type   | request | original
            REFUND | R1      | O1
        """,
        charged="""
            type   | request | kind     | fee
            REFUND | R1      | pro_rata | 0.20 EUR
            REFUND | R1      | full     | 0.20 EUR
        """,
    )
    assert day.items.is_empty()


def returned_as(*ways: Returned, **rate: object) -> FeeContract:
    """A contract of one rate for each way in which a fee comes back, with a kind that is named after it."""
    return FeeContract(
        tuple(FeeKind(way, returned=way) for way in ways),
        tuple(FeeRate(way, 8000, **rate) for way in ways),  # type: ignore[arg-type]
    )


def test_without_rates_nothing_is_recomputed_and_nothing_is_missing(history: History) -> None:
    history.fees = FeeContract((INTERCHANGE,))
    day = history.play(
        orders="""
            order
            O1
            O2
        """,
        report="""
            request
            O1
            O2
        """,
        charged="""
            request | kind      | fee
            O1      | ANY_THING | 7.77 EUR
        """,
    )
    assert day.items.is_empty()


def test_a_row_of_an_unknown_type_may_carry_a_fee(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(
        report="""
            type       | request
            ADJUSTMENT | X1
        """,
        charged="""
            type       | request | fee
            ADJUSTMENT | X1      | 1.00 EUR
        """,
    )
    assert day.items.is_empty()
    assert day.fees == {"OTH-X1:interchange": "FEE_NOT_COMPUTED"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("REFUND | R1 | INTERCHANGE_FEE | 0.08 EUR | A1", None),
        ("REFUND | R1 | INTERCHANGE_FEE | 0.07 EUR | A1", "C04"),
        ("REFUND | R1 | INTERCHANGE_FEE | 0.08 USD | A1", "C05"),
        ("REFUND | R1 | INTERCHANGE_FEE | 0.08 EUR | A2", "C02"),  # in the set of another agreement
        ("REFUND | R1 | INTERCHANGE_FEE | 0.08 EUR | A1\nREFUND | R1 | INTERCHANGE_FEE | 0.08 EUR | A1", "C03"),
        ("REFUND | R1 | INTERCHANGE_FEE | 0.08 EUR | A1\nREFUND | R1 | FX_FEE | 0.01 EUR | A1", "C02"),
        ("REFUND | R1 | SERVICE_FEE | 0.02 EUR | A1", "C02 C06"),  # what is not returned came, what is did not
    ],
)
def test_what_comes_back_with_a_refund_on_the_day_of_its_payment(
    history: History, lines: str, code: str | None
) -> None:
    history.fees = BOTH_KINDS
    day = history.play(
        orders=ONE_ORDER,
        refunds="refund | order\nR1 | O1",
        report="type | request | original\nPAYMENT | O1 |\nREFUND | R1 | O1",
        charged="type | request | kind | fee | agreement\nPAYMENT | O1 | INTERCHANGE_FEE | 0.08 EUR | A1\n"
        f"PAYMENT | O1 | SERVICE_FEE | 0.02 EUR | A1\n{lines}",
    )
    assert sorted(day.items["break_code"]) == (code.split() if code else [])
    assert code or day.fees == {}, "nothing needed the decision table"
