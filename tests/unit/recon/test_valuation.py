"""Rates come from what was settled, to the last digit; what has none has no value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from recon.valuation import OBSERVED_SCHEMA, Rate, RateSource, rates_to, shown_rates, small_minor, value_minor

D19, D20 = date(2026, 11, 19), date(2026, 11, 20)


def observed(*rows: tuple[str, str, date, int, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=OBSERVED_SCHEMA, orient="row")


SETTLED = observed(
    ("JPY", "EUR", D20, 1_000_000, 612_374),
    ("KWD", "EUR", D20, 10_000, 2_994),
    ("CAD", "USD", D19, 100_000, 72_000),
    ("GBP", "USD", D20, 100_000, 126_500),
    ("GBP", "EUR", D20, 100_000, 116_000),
)


@pytest.mark.parametrize(
    ("amount", "currency", "worth"),
    [
        (1_000, "EUR", 1_000),
        (29_649, "JPY", 18_156),  # 29,649 JPY at 0.612374 cents
        (34_060, "KWD", 10_198),  # 34.060 KWD: three decimals
        (5, "KWD", 1),  # half a fils more than one cent
        (10_000, "GBP", 11_600),  # its own pair with EUR, not by way of USD
        (10_000, "XXX", None),
        (10_000, "CAD", None),  # settled in USD, and nothing says what USD is worth
    ],
)
def test_an_amount_is_worth_what_it_was_settled_at(amount: int, currency: str, worth: int | None) -> None:
    assert value_minor(amount, currency, "EUR", rates_to("EUR", SETTLED, {})) == worth


def test_a_configured_rate_serves_where_nothing_was_settled() -> None:
    rates = rates_to("EUR", SETTLED, {"USD": Decimal("0.92"), "KRW": Decimal("0.00063"), "JPY": Decimal("9")})
    assert value_minor(100_000, "USD", "EUR", rates) == 92_000
    assert value_minor(1_000_000, "KRW", "EUR", rates) == 63_000
    assert value_minor(100_000, "CAD", "EUR", rates) == 66_240, "by way of USD, whose rate is configured"
    assert rates["JPY"].source is RateSource.SETTLED, "what was settled comes first"
    assert (rates["USD"].source, rates["CAD"].day) == (RateSource.CONFIGURED, D19)


def test_a_currency_that_our_own_sales_are_settled_in_is_turned_round() -> None:
    rates = rates_to("GBP", observed(("GBP", "USD", D20, 80_000, 100_000), ("JPY", "USD", D20, 15_000, 10_000)), {})
    assert value_minor(1_000, "USD", "GBP", rates) == 800
    assert value_minor(1_500, "JPY", "GBP", rates) == 800


def test_the_rates_are_shown_with_their_source() -> None:
    shown = shown_rates("EUR", 100, rates_to("EUR", SETTLED, {"KRW": Decimal("0.00063")}).values(), is_configured=False)
    rows = {row["currency"]: row for row in shown.iter_rows(named=True)}
    assert list(rows) == ["EUR", "GBP", "JPY", "KRW", "KWD"]
    assert (rows["JPY"]["rate"], rows["JPY"]["rate_source"], rows["JPY"]["rate_day"]) == ("0.00612374", "SETTLED", D20)
    assert (rows["KRW"]["rate"], rows["KRW"]["rate_source"], rows["KRW"]["rate_day"]) == ("0.00063", "CONFIGURED", None)
    assert rows["KWD"]["rate"] == "2.994"
    assert rows["EUR"]["rate"] == "1"


@pytest.mark.parametrize(("small", "currency", "minor"), [("1", "EUR", 100), ("0.5", "KWD", 500), ("0.5", "JPY", 1)])
def test_the_floor_is_in_units_of_the_reporting_currency(small: str, currency: str, minor: int) -> None:
    assert small_minor(Decimal(small), currency) == minor


def test_a_value_is_exact_where_a_float_would_not_be() -> None:
    rates = rates_to("EUR", observed(("USD", "EUR", D20, 10**15 + 1, 10**15)), {})
    assert isinstance(rates["USD"], Rate)
    assert value_minor(10**15 + 1, "USD", "EUR", rates) == 10**15
