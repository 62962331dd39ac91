"""Money: exact, by the decimal places of ISO 4217."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.money import MoneyError, allow_currencies, currency_codes, exponent, format_money, to_major, to_minor


@pytest.mark.parametrize(
    ("currency", "places"), [("JPY", 0), ("KRW", 0), ("EUR", 2), ("CNY", 2), ("KWD", 3), ("CLF", 4), ("XAU", 0)]
)
def test_decimal_places(currency: str, places: int) -> None:
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10.00", "EUR", 1000),
        ("10", "EUR", 1000),
        (Decimal("0.01"), "EUR", 1),
        ("1200", "JPY", 1200),
        ("1200.00", "JPY", 1200),
        ("1.250", "KWD", 1250),
        ("-3.5", "EUR", -350),
        (7, "EUR", 700),
        ("1E+2", "EUR", 10000),
    ],
)
def test_major_to_minor(amount: str | Decimal | int, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("10.001", "EUR"), ("0.5", "JPY"), ("1.2345", "KWD"), ("", "EUR"), ("ten", "EUR"), ("NaN", "EUR"),
     ("Infinity", "EUR"), ("1,000.00", "EUR"), ("10.00", "EURO"), ("10.00", "")],
)  # fmt: skip
def test_what_cannot_be_told_exactly_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        to_minor(amount, currency)


def test_a_float_is_refused() -> None:
    with pytest.raises(MoneyError, match="float"):
        to_minor(10.0, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(123450, "EUR", "1,234.50 EUR"), (1235, "JPY", "1,235 JPY"), (1, "KWD", "0.001 KWD"), (-5, "EUR", "-0.05 EUR")],
)
def test_as_a_person_reads_it(minor: int, currency: str, shown: str) -> None:
    assert format_money(minor, currency) == shown


@given(minor=st.integers(-(10**17), 10**17), currency=st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_there_and_back(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor


@pytest.fixture
def _offshore() -> Iterator[None]:
    """Codes that ISO 4217 does not list, allowed for one test."""
    allow_currencies({"CNH": 2, "RMB": 2, "HRK": 2, "MRO": 1})
    yield
    allow_currencies({})


@pytest.mark.parametrize("code", ["CNH", "RMB", "HRK", "MRO"])
def test_a_code_that_is_not_in_the_list_is_named_with_the_way_out(code: str) -> None:
    with pytest.raises(MoneyError, match=rf"'{code}' is not an ISO 4217 currency.*\[currencies\]"):
        exponent(code)


@pytest.mark.usefixtures("_offshore")
def test_an_allowed_code_has_the_decimals_that_the_configuration_gives() -> None:
    assert format_money(123_450, "CNH") == "1,234.50 CNH"
    assert format_money(123_450, "MRO") == "12,345.0 MRO"
    assert to_minor("12.5", "RMB") == 1250
    assert {"CNH", "EUR"} <= set(currency_codes())
    allow_currencies({})
    assert "CNH" not in currency_codes()
