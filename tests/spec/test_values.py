"""What breaks are worth: by the rates of the day's own rows, or the newest before; a figure in doubt has no value."""

from __future__ import annotations

from decimal import Decimal

from recon.valuation import Reporting
from tests.support.day import History, PlayedDay

ORDERS = """
    order | pay  | amount
    O1    | INIT | 200.00 USD
    O2    | INIT | 10.00 EUR
    O3    | INIT | 0.50 EUR
"""
REPORT = """
    type    | request | amount     | settles
    PAYMENT | O1      | 200.00 USD | 184.00 EUR
    PAYMENT | O2      | 10.00 EUR  | 10.00 EUR
    PAYMENT | O3      | 0.50 EUR   | 0.50 EUR
"""


def values(day: PlayedDay) -> dict[str, tuple[int | None, str | None, bool | None]]:
    names = ("value_minor", "value_currency", "is_small")
    return {row["order_key"]: tuple(row[name] for name in names) for row in day.items.iter_rows(named=True)}


def test_values_are_in_the_settlement_currency_of_the_most_rows(history: History) -> None:
    found = values(history.play(orders=ORDERS, report=REPORT))
    assert found == {"O1": (18_400, "EUR", False), "O2": (1_000, "EUR", False), "O3": (50, "EUR", True)}


def test_a_rate_stays_until_a_newer_day_has_one(history: History) -> None:
    history.play(orders=ORDERS, report=REPORT)
    assert values(history.play(1))["O1"] == (18_400, "EUR", False)
    history.play(2, orders="order | amount\nO4 | 1.00 USD",
                 report="type | request | amount | settles\nPAYMENT | O4 | 1.00 USD | 0.50 EUR")  # fmt: skip
    assert values(history.play(3))["O1"] == (10_000, "EUR", False)


def test_a_figure_in_doubt_has_no_value(history: History) -> None:
    day = history.play(
        orders="order | amount\nO1 | 140828.00 EUR",
        report="type | request | amount | settles\nPAYMENT | O1 | 140828 KRW | 88.60 EUR",
    )
    assert [row["break_code"] for row in day.items.iter_rows(named=True)] == ["P09"]
    assert values(day) == {"O1": (None, None, None)}


def test_the_configured_currency_is_taken(history: History) -> None:
    history.reporting = Reporting("USD", {"JPY": Decimal("0.0066")}, Decimal("20"))
    found = values(history.play(orders=ORDERS, report=REPORT))
    assert found == {"O1": (20_000, "USD", False), "O2": (1_087, "USD", True), "O3": (54, "USD", True)}
