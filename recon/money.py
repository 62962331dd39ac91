"""Money: an integer number of the currency's smallest unit, always beside its currency. Never a float.

Alipay+ reports carry smallest units without decimal places; Ogloba's API speaks in major units.
The number of decimal places comes from ISO 4217, never from a file.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache

from iso4217 import Currency

from recon.errors import ReconError

UNSCALED = 0  # funds codes without minor units (XAU and the like)


class MoneyError(ReconError):
    """An amount that cannot be told exactly."""


@cache
def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217: JPY 0, EUR 2, KWD 3."""
    try:
        return Currency(currency).exponent or UNSCALED
    except ValueError:
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency", do="Map it to its three-letter code") from None


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


def to_major(minor: int, currency: str) -> Decimal:
    """Major units with the currency's own number of decimal places."""
    return Decimal(minor).scaleb(-exponent(currency))


def format_money(minor: int, currency: str) -> str:
    """An amount as a person reads it: `1,234.50 EUR`, `1,235 JPY`."""
    return f"{to_major(minor, currency):,.{exponent(currency)}f} {currency}"
