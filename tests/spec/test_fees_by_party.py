"""Rates of a wallet or merchant: both are those of the row, else of our order; without them no amount is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checks.conservation import without_rate
from recon.fees import FeeContract, FeeRate
from tests.support.contract import CONTRACT, INTERCHANGE, SERVICE
from tests.support.day import History, MemoryWarehouse, PlayedDay, memory_warehouse

BY_WALLET = FeeContract((INTERCHANGE,), (FeeRate("interchange", 8000), FeeRate("interchange", 5000, psp="CN")))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


@pytest.fixture
def past(warehouse: MemoryWarehouse) -> History:
    """A history of several days, whose orders are delivered on their own day only."""
    warehouse.empty()
    return History(warehouse, fees=BY_WALLET)


def forgotten(history: History, day: PlayedDay) -> PlayedDay:
    history.orders.clear()
    history.refunds.clear()
    return day


@pytest.mark.parametrize(
    ("order", "row", "fee"),
    [
        ("psp\nCN", "request\nO1", "0.05 EUR"),
        ("psp\nOTHER", "request\nO1", "0.08 EUR"),
        ("merchant\nM9", "request\nO1", "0.10 EUR"),
        ("psp | merchant\nCN | M9", "request\nO1", "0.10 EUR"),  # the merchant group before the wallet
        ("psp | merchant\nCN | M9", "request | psp\nO1 | OTHER", "0.10 EUR"),
        ("psp | merchant\nCN | M9", "request | merchant\nO1 | M1", "0.05 EUR"),
        ("psp\nCN", "request | psp\nO1 | OTHER", "0.08 EUR"),  # the row comes before the order
        ("psp\nCN", "request | transaction\n- | PAY-O1", "0.05 EUR"),  # known by the id of Alipay+
    ],
)
def test_what_the_row_does_not_name_is_taken_from_our_order(history: History, order: str, row: str, fee: str) -> None:
    history.fees = CONTRACT
    names, cells = order.split("\n")
    fee_names, fee_cells = row.split("\n")
    words = [name.strip() for name in fee_names.split("|")]
    ids = " | ".join(
        cell for name, cell in zip(words, fee_cells.split("|"), strict=True) if name != "psp" != "merchant"
    )
    charged = f"request | transaction | fee\n{'-' if ids.startswith('-') else 'O1'} | PAY-O1 | {fee}"
    day = history.play(orders=f"order | {names}\nO1 | {cells}", report=row, charged=charged)
    assert day.breaks("code") == []


def test_another_amount_is_still_wrong(history: History) -> None:
    history.fees = BY_WALLET
    day = history.play(orders="order | psp\nO1 | CN", report="request\nO1", charged="request | fee\nO1 | 0.08 EUR")
    day.shows("""
        transaction | code | ours     | theirs
        PAY-O1      | C04  | 0.05 EUR | 0.08 EUR
    """)


@pytest.mark.parametrize("fee", ["0.05 EUR", "0.08 EUR", "0.99 EUR"])
def test_where_nobody_names_the_wallet_no_amount_is_wrong(history: History, fee: str) -> None:
    history.fees = BY_WALLET
    day = history.play(orders="order | psp\nO1 | -", report="request\nO1", charged=f"request | fee\nO1 | {fee}")
    assert day.breaks("code") == []


def test_and_the_day_says_so(past: History) -> None:
    """One is settled by the first pass, one is looked at by the decision table; O3 has a wallet."""
    past.play(
        orders="order | psp | pay\nO1 | - | SUCCESS\nO2 | - | INIT\nO3 | CN | SUCCESS",
        report="request\nO1\nO2\nO3",
        charged="request | fee\nO1 | 0.05 EUR\nO2 | 0.08 EUR\nO3 | 0.05 EUR",
    )
    with past.warehouse.connect() as connection:
        counts = connection.execute("SELECT * FROM reconciled.conservation WHERE side = 'fees'").pl()
    assert dict(counts.select("outcome", "row_count").iter_rows()) == {"C00": 1, "FEE_RATE_UNKNOWN": 2}
    assert without_rate(counts) == [
        "2 fee rows not compared: neither the report nor an order of ours names the wallet or merchant that decides "
        "the rate"
    ]


def test_but_a_missing_fee_is_missing(history: History) -> None:
    """Every rate that may apply gives a fee; the amount is not known."""
    history.fees = BY_WALLET
    day = history.play(orders="order | psp\nO1 | -", report="request\nO1")
    day.shows("""
        transaction | code | ours
        PAY-O1      | C01  |
    """)
    (sentence,) = day.explanations
    assert sentence.startswith(
        "By contract a fee is due, and Alipay+ has not charged it. The amount is not known: neither"
    )


def test_and_none_is_where_one_wallet_alone_has_a_rate(history: History) -> None:
    history.fees = replace(BY_WALLET, rates=BY_WALLET.rates[1:])
    assert history.play(orders="order | psp\nO1 | -", report="request\nO1").items.is_empty()


def test_a_kind_that_no_rate_may_be_about_is_unexpected(history: History) -> None:
    history.fees = replace(BY_WALLET, kinds=(INTERCHANGE, SERVICE))
    charged = "request | kind | fee\nO1 | SERVICE_FEE | 0.02 EUR\nO1 | INTERCHANGE_FEE | 0.05 EUR"
    day = history.play(orders="order | psp\nO1 | -", report="request\nO1", charged=charged)
    assert day.breaks("fee", "code") == [("service", "C02")]


def test_a_fee_that_comes_later_is_held_against_the_order_of_that_day(past: History) -> None:
    day = forgotten(past, past.play(orders="order | psp\nO1 | CN\nO2 | CN", report="request\nO1\nO2"))
    assert day.breaks("transaction", "code", "ours") == [("PAY-O1", "C01", "0.05 EUR"), ("PAY-O2", "C01", "0.05 EUR")]
    day = past.play(1, charged="request | fee\nO1 | 0.05 EUR\nO2 | 0.08 EUR")
    assert day.breaks("transaction", "code", "ours") == [("PAY-O2", "C04", "0.05 EUR")]
    assert past.play(2).breaks("transaction", "code", "ours") == [("PAY-O2", "C04", "0.05 EUR")]


PAID = ("PAYMENT | O1 |", "PAYMENT | O2 |", "PAYMENT | O3 |")
REFUNDED = ("REFUND | R1 | O1", "REFUND | R2 | O2", "REFUND | R3 | O3")
CHARGED = tuple(f"PAYMENT | O{number} | 0.05 EUR" for number in (1, 2, 3))
RETURNED = ("REFUND | R1 | 0.05 EUR", "REFUND | R2 | 0.08 EUR", "REFUND | R3 | 0.08 EUR")


@pytest.mark.parametrize("is_later", [False, True])
def test_a_refund_follows_the_wallet_of_its_payment(past: History, is_later: bool) -> None:
    """Of the first two the wallet is known; of the second too much comes back."""
    orders, refunds = "order | psp\nO1 | CN\nO2 | CN\nO3 | -", "refund | order\nR1 | O1\nR2 | O2\nR3 | O3"
    report, charged = ("type | request | original", *PAID), ("type | request | fee", *CHARGED)
    if is_later:
        past.play(orders=orders, report="\n".join(report), charged="\n".join(charged))
        report, charged, orders = report[:1], charged[:1], ""
    report, charged = (*report, *REFUNDED), (*charged, *RETURNED)
    day = past.play(int(is_later), orders=orders, refunds=refunds, report="\n".join(report), charged="\n".join(charged))
    found = [tuple(row) for row in day.breaks("family", "code", "transaction") if row[0] == "C"]
    assert found == [("C", "C04", "RFD-R2")]


def test_a_payment_that_only_the_report_knows(history: History) -> None:
    history.fees = BY_WALLET
    day = history.play(report="request\nX1", charged="request | fee\nX1 | 0.05 EUR")
    assert day.breaks("code") == [("P06",)]
