"""What an amount is worth in the reporting currency: one measure by which breaks of all currencies are ranked.

The rates are those of the settled rows themselves: settlement amount over transaction amount, of the newest day that
has one; configured rates where there is none. They rank, group, and give the value of breaks of one age: no other sum
and no verdict rests on them. All is integers and fractions; a value is rounded half up to minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import polars as pl

from recon.money import exponent
from recon.schema import Schema

OBSERVED_SCHEMA: Schema = {  # what the settled rows of a day say
    "currency": pl.String,
    "settlement_currency": pl.String,
    "rate_day": pl.Date,
    "amount_minor": pl.Int64,  # of all payments of the day in this pair
    "settlement_amount_minor": pl.Int64,
}
RATE_SCHEMA: Schema = {
    "currency": pl.String,
    "reporting_currency": pl.String,
    "is_reporting_currency_configured": pl.Boolean,  # else it is that of the agreement with the most rows
    "small_minor": pl.Int64,  # below it a break is a trifle; in the reporting currency
    "rate": pl.String,  # units of the reporting currency for one unit, as decimal text
    "rate_source": pl.String,  # RateSource
    "rate_day": pl.Date,  # of a settled one
}
SHOWN_DIGITS = 6  # of a rate


class RateSource(StrEnum):
    """Where a rate comes from."""

    SETTLED = "SETTLED"
    CONFIGURED = "CONFIGURED"


@dataclass(frozen=True)
class Reporting:
    """What is configured. `rates`: units of the reporting currency for one unit of another. `small`: in its units."""

    currency: str = ""  # empty: the settlement currency of the agreement with the most rows
    rates: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    small: Decimal = Decimal(1)


@dataclass(frozen=True)
class Rate:
    """Minor units of the reporting currency for one minor unit of a currency."""

    currency: str
    minor: Fraction
    source: RateSource
    day: date | None = None


def rates_to(reporting: str, observed: pl.DataFrame, configured: Mapping[str, Decimal]) -> dict[str, Rate]:
    """Currency -> its rate, for every currency that has one; `observed`: OBSERVED_SCHEMA, one row per pair.

    Directly if its payments are settled in the reporting currency; else by the settlement currency; else as configured.
    """
    pairs = {(row["currency"], row["settlement_currency"]): row for row in observed.iter_rows(named=True)}
    direct = {currency: _settled(row) for (currency, settled), row in pairs.items() if settled == reporting}
    turned = {settled: _turned(row) for (currency, settled), row in pairs.items() if currency == reporting}
    known = _configured(reporting, configured) | turned | direct
    through = {
        currency: _chained(_settled(row), known[settled])
        for (currency, settled), row in sorted(pairs.items())
        if settled in known and currency not in (*turned, *direct)
    }
    found = known | through
    found.pop(reporting, None)
    return found


def value_minor(amount_minor: int, currency: str, reporting: str, rates: Mapping[str, Rate]) -> int | None:
    """The worth of an amount, in minor units of the reporting currency; None without a rate."""
    if currency == reporting:
        return amount_minor
    rate = rates.get(currency)
    return None if rate is None else _half_up(amount_minor * rate.minor)


def small_minor(small: Decimal, reporting: str) -> int:
    """The floor under which a break is a trifle, in minor units of the reporting currency."""
    return _half_up(Fraction(small) * 10 ** exponent(reporting))


def shown_rates(reporting: str, small: int, rates: Iterable[Rate], *, is_configured: bool) -> pl.DataFrame:
    """The rates as a person reads them (RATE_SCHEMA), the reporting currency itself first, then by currency."""
    head = {"reporting_currency": reporting, "is_reporting_currency_configured": is_configured, "small_minor": small}
    lines: list[dict[str, object]] = [head | {"currency": reporting, "rate": "1"}]
    lines += [
        head
        | {"currency": rate.currency, "rate": _decimal_text(rate, reporting), "rate_source": str(rate.source)}
        | {"rate_day": rate.day}
        for rate in sorted(rates, key=lambda rate: rate.currency)
    ]
    return pl.DataFrame(lines, schema=RATE_SCHEMA)


def _settled(row: Mapping[str, Any]) -> Rate:
    amounts = Fraction(row["settlement_amount_minor"], row["amount_minor"])
    return Rate(row["currency"], amounts, RateSource.SETTLED, row["rate_day"])


def _turned(row: Mapping[str, Any]) -> Rate:
    rate = _settled(row)
    return Rate(row["settlement_currency"], 1 / rate.minor, RateSource.SETTLED, rate.day)


def _chained(first: Rate, then: Rate) -> Rate:
    """By way of the settlement currency: as old as the older of both, and configured if one of them is."""
    days = [day for day in (first.day, then.day) if day is not None]
    return Rate(first.currency, first.minor * then.minor, then.source, min(days, default=None))


def _configured(reporting: str, rates: Mapping[str, Decimal]) -> dict[str, Rate]:
    places = exponent(reporting)
    return {
        currency: Rate(currency, Fraction(rate) * Fraction(10) ** (places - exponent(currency)), RateSource.CONFIGURED)
        for currency, rate in rates.items()
    }


def _decimal_text(rate: Rate, reporting: str) -> str:
    """Units for one unit, with six significant digits."""
    major = rate.minor * Fraction(10) ** (exponent(rate.currency) - exponent(reporting))
    return f"{Decimal(major.numerator) / Decimal(major.denominator):.{SHOWN_DIGITS}g}"


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
