"""Money: an integer number of the currency's smallest unit, always with its currency. Never a float.

Alipay+ reports carry smallest units without decimal places; Ogloba's API has major units.
The decimal places come from ISO 4217, or for codes that it does not list (CNH, RMB, a withdrawn currency) from
the configuration; never from a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache

from iso4217 import Currency

from recon.errors import ReconError
from recon.listing import counted

LARGEST_MINOR = 10**16  # of one amount, and of all amounts of one report: sums of hundreds of them fit into 64 bits
MOST_PLACES = 4  # decimal places of any currency
UNSCALED = 0  # funds codes without minor units (XAU and the like)


ALLOW = "Write the code that ISO 4217 has, or allow this one with its decimal places under [currencies] in recon.toml"


class MoneyError(ReconError):
    """An amount that is not exact in its currency."""


_allowed: dict[str, int] = {}  # code -> decimal places, besides those of ISO 4217


def allow_currencies(places: Mapping[str, int]) -> None:
    """The further codes that the configuration allows, in place of those that were allowed before."""
    _allowed.clear()
    _allowed.update(places)
    exponent.cache_clear()


def currency_codes() -> list[str]:
    """Every code that an amount may have."""
    return sorted({currency.code for currency in Currency} | set(_allowed))


@cache
def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217 (JPY 0, EUR 2, KWD 3) or by the configuration."""
    if currency in _allowed:
        return _allowed[currency]
    try:
        return Currency(currency).exponent or UNSCALED
    except ValueError:
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency", do=ALLOW) from None


def known_exponent(currency: str) -> int | None:
    """As `exponent`; None for what is no currency."""
    try:
        return exponent(currency)
    except MoneyError:
        return None


def to_minor(amount: str | Decimal | int, currency: str) -> int:
    """Exact conversion of major units to minor units; an inexact amount is refused."""
    if isinstance(amount, float):
        raise MoneyError("money cannot be a float", do="Read the column as text or as a decimal")
    try:
        scaled = Decimal(amount).scaleb(exponent(currency))
    except InvalidOperation:
        raise MoneyError("an amount is not a number", do="Write it like 1234.56") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise MoneyError(f"an amount has more decimal places than {currency} allows", do="Check unit and currency")
    return int(scaled)


def typed_minor(text: str, currency: str) -> int:
    """An amount that a person typed, in the currency's own decimals (`1234.50`), to minor units.

    MoneyError for whatever could mean two amounts: other separators, or more decimals than the currency has, since
    `12.000` is twelve or twelve thousand.
    """
    places = exponent(currency)
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise MoneyError("an amount is not a number", do="write it like 1234.56, without separators of thousands")
    if len(text.partition(".")[2]) > places:
        decimals = counted(places, "decimal") if places else "no decimals"
        raise MoneyError(
            f"an amount has more decimal places than {currency} allows",
            do=f"write it with {decimals}; a point never separates thousands",
        )
    minor = to_minor(text, currency)
    if abs(minor) >= LARGEST_MINOR:
        raise MoneyError("an amount is too large to be one", do="check the amount and its unit")
    return minor


def to_major(minor: int, currency: str) -> Decimal:
    """Major units with the currency's own number of decimal places."""
    return Decimal(minor).scaleb(-exponent(currency))


def format_money(minor: int, currency: str) -> str:
    """An amount as a person reads it: `1,234.50 EUR`, `1,235 JPY`."""
    return f"{to_major(minor, currency):,.{exponent(currency)}f} {currency}"


def format_any_money(minor: int, currency: str) -> str:
    """As `format_money`, also where the code is of no currency: `1,234 minor units of XYZ`."""
    try:
        return format_money(minor, currency)
    except MoneyError:
        return f"{minor:,} minor units of {currency}"
