"""C04: another amount than the contract gives."""

from __future__ import annotations

import pytest

from recon.fees import FeeContract, FeeRate, Returned, Rounding
from tests.support.contract import CONTRACT, INTERCHANGE, only
from tests.support.day import History

PAID = {
    "orders": """
        order
        O1
    """,
    "report": """
        request
        O1
    """,
}


@pytest.mark.parametrize(("fee", "difference"), [("0.09 EUR", "0.01 EUR"), ("0.07 EUR", "-0.01 EUR")])
def test_too_much_and_too_little(history: History, fee: str, difference: str) -> None:
    history.fees = CONTRACT
    day = history.play(**PAID, charged=f"request | fee\nO1 | {fee}")
    day.shows(f"""
        break_id                            | code | severity | acts | ours     | theirs | difference   | at_risk
        C/alipayplus/fee/PAY-O1:interchange | C04  | S3       | FIN  | 0.08 EUR | {fee}  | {difference} | 0.01 EUR
    """)


def test_charged_the_wrong_way_round(history: History) -> None:
    history.fees = CONTRACT
    day = history.play(**PAID, charged="request | fee | sign\nO1 | 0.08 EUR | -1")
    day.shows("""
        code | ours     | theirs    | at_risk
        C04  | 0.08 EUR | -0.08 EUR | 0.16 EUR
    """)


def test_without_rates_no_amount_is_wrong(history: History) -> None:
    history.fees = FeeContract((INTERCHANGE,))
    assert history.play(**PAID, charged="request | fee\nO1 | 9.99 EUR").items.is_empty()


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


def test_less_comes_back_than_the_contract_returns(history: History) -> None:
    history.fees = CONTRACT
    charged = """
        type    | request | fee
        PAYMENT | O1      | 0.24 EUR
        REFUND  | R1      | 0.05 EUR
    """
    day = history.play(**REFUNDED, charged=charged)
    day.shows("""
        transaction | code | ours      | theirs    | difference | at_risk
        RFD-R1      | C04  | -0.08 EUR | -0.05 EUR | 0.03 EUR   | 0.03 EUR
    """)


def test_a_return_of_zero_is_a_return(history: History) -> None:
    history.fees = CONTRACT
    charged = "type | request | fee\nPAYMENT | O1 | 0.24 EUR\nREFUND | R1 | 0.00 EUR"
    assert history.play(**REFUNDED, charged=charged).explanations == [
        "By contract a fee of 0.08 EUR comes back; Alipay+ returned 0.00 EUR: 0.08 EUR apart."
    ]


def test_a_part_of_a_capped_fee_comes_back_in_proportion(history: History) -> None:
    """The fee of the payment counts, not the rate on the part: 0.09 of 30.00 at 0.80 % would be 0.08."""
    history.fees = only(FeeRate("interchange", 8000, minimum_minor=27, currency="EUR"), returned=Returned.PRO_RATA)
    charged = """
        type    | request | fee
        PAYMENT | O1      | 0.27 EUR
        REFUND  | R1      | 0.08 EUR
    """
    history.play(**REFUNDED, charged=charged).shows("""
        transaction | code | ours      | theirs
        RFD-R1      | C04  | -0.09 EUR | -0.08 EUR
    """)


def test_the_return_of_a_payment_that_no_report_holds_is_not_recomputed(history: History) -> None:
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
        charged="""
            type   | request | fee
            REFUND | R1      | 0.02 EUR
        """,
    )
    assert day.fees == {"RFD-R1:interchange": "FEE_NOT_COMPUTED"}


def test_a_difference_stays_until_the_contract_is_right(history: History) -> None:
    history.fees = CONTRACT
    history.play(**PAID, charged="request | fee\nO1 | 0.09 EUR")
    history.play(1).shows("""
        code | age
        C04  | 1
    """)
    history.fees = only(FeeRate("interchange", 9000))
    history.play(2).moves("""
        movement | code_before | outcome | resolved_by
        RESOLVED | C04         | C00     | PERSON
    """)


@pytest.mark.parametrize("rest", ["0.02 EUR", "0.00 EUR"])
def test_in_parts_it_is_the_fee_when_the_parts_are_the_whole(history: History, rest: str) -> None:
    history.fees = CONTRACT
    part = "0.06 EUR" if rest == "0.02 EUR" else "0.08 EUR"
    assert history.play(**PAID, charged=f"request | fee\nO1 | {part}\nO1 | {rest}").breaks("code") == []


def test_in_parts_it_differs_when_they_are_less(history: History) -> None:
    history.fees = CONTRACT
    history.play(**PAID, charged="request | fee\nO1 | 0.05 EUR\nO1 | 0.02 EUR").shows("""
        code | ours     | theirs   | at_risk
        C04  | 0.08 EUR | 0.07 EUR | 0.01 EUR
    """)


def test_a_wrong_fee_that_is_taken_back_and_charged_anew_is_the_fee(history: History) -> None:
    history.fees = CONTRACT
    history.play(**PAID, charged="request | fee\nO1 | 0.10 EUR").shows("code\nC04")
    anew = "request | fee | sign\nO1 | 0.10 EUR | -1\nO1 | 0.08 EUR | 1"
    assert history.play(1, charged=anew).breaks("code") == []


def test_many_differences_with_one_cause_name_it(history: History) -> None:
    """Five of six fees fit another rate: they say so, the sixth does not."""
    history.fees = CONTRACT
    orders = "\n".join(["order", *(f"O{number}" for number in range(6))])
    report = "\n".join(["request | psp", *(f"O{number} | GCASH" for number in range(6))])
    charged = "\n".join(["request | fee", *(f"O{number} | 0.09 EUR" for number in range(5)), "O5 | 0.50 EUR"])
    first = history.play(orders=orders, report=report, charged=charged)
    cause = "5 of 6 differing interchange fees of wallet GCASH and agreement A1 fit 90 basis points"
    assert [cause in text for text in first.explanations].count(True) == 5
    later = history.play(1)
    assert sorted(later.explanations) == sorted(first.explanations)


@pytest.mark.parametrize(
    ("amount", "rounding", "charged", "code"),
    [
        ("312.50 EUR", Rounding.HALF_EVEN, "2.00 EUR", ""),  # 2.50: a half goes to the even whole euro
        ("312.50 EUR", Rounding.HALF_UP, "3.00 EUR", ""),
        ("437.50 EUR", Rounding.HALF_EVEN, "4.00 EUR", ""),
        ("312.50 EUR", Rounding.HALF_EVEN, "2.50 EUR", "C04"),
        ("90000000000000.00 IDR", Rounding.HALF_EVEN, "720000000000.00 IDR", ""),  # the product needs more than 64 bits
        ("90000000000000.00 IDR", Rounding.HALF_EVEN, "720000000000.50 IDR", "C04"),
    ],
)
def test_a_fee_that_is_rounded_to_whole_major_units(
    history: History, amount: str, rounding: Rounding, charged: str, code: str
) -> None:
    history.fees = only(FeeRate("interchange", 8000), rounding=rounding, step_minor=100)
    day = history.play(
        orders=f"order | amount\nO1 | {amount}",
        report=f"request | amount | settles\nO1 | {amount} | {amount}",
        charged=f"request | fee | set\nO1 | {charged} | {amount.split()[1]}",
    )
    assert [item["break_code"] for item in day.items.iter_rows(named=True)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("returned", "back", "code"),
    [
        (Returned.OWN_RATE, "0.03 EUR", ""),  # 0.8 % of 3.40 is 0.0272
        (Returned.PRO_RATA, "0.03 EUR", ""),
        (Returned.OWN_RATE, "0.02 EUR", "C04"),
        (Returned.OWN_RATE, "0.00 EUR", "C04"),
    ],
)
def test_what_a_refund_brings_back_by_its_own_amount(
    history: History, returned: Returned, back: str, code: str
) -> None:
    history.fees = only(FeeRate("interchange", 8000), returned=returned)
    assert refunded(history, "10.00 EUR", "3.40 EUR", "0.08 EUR", back) == ([code] if code else [])


@pytest.mark.parametrize(("returned", "back"), [(Returned.OWN_RATE, "0.02 EUR"), (Returned.PRO_RATA, "0.03 EUR")])
def test_the_two_ways_differ_where_the_fee_was_rounded(history: History, returned: Returned, back: str) -> None:
    """0.8 % of 10.70 is 0.0856, charged as 0.09; of 3.05 it is 0.0244, and as much of 0.09 would be 0.0257."""
    history.fees = only(FeeRate("interchange", 8000), returned=returned)
    assert refunded(history, "10.70 EUR", "3.05 EUR", "0.09 EUR", back) == []


def refunded(history: History, paid: str, part: str, fee: str, back: str) -> list[str]:
    """The fee breaks of a payment and a refund of a part of it."""
    day = history.play(
        orders=f"order | amount\nO1 | {paid}",
        refunds=f"refund | order | amount\nV1 | O1 | {part}",
        report=f"""
            type    | request | original | amount | settles
            PAYMENT | O1      |          | {paid} | {paid}
            REFUND  | V1      | O1       | {part} | {part}
        """,
        charged=f"""
            request | transaction | fee    | sign
            O1      | PAY-O1      | {fee}  | 1
            V1      | RFD-V1      | {back} | -1
        """,
    )
    return day.items.filter(family="C")["break_code"].to_list()
