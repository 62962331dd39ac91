"""How the values came about by which breaks are ranked: the reporting currency, each rate, and where it comes from."""

from __future__ import annotations

import polars as pl

from recon.valuation import RateSource
from views.wording import day_text, money


def reporting_sentence(rates: pl.DataFrame) -> str:
    """Which currency it is and why; empty where none is known. `rates`: RATE_SCHEMA of `recon.valuation`."""
    if rates.is_empty():
        return ""
    row = rates.row(0, named=True)
    if row["is_reporting_currency_configured"]:
        return f"Values are in {row['reporting_currency']}, as configured."
    return (
        f"Values are in {row['reporting_currency']}, the settlement currency of the agreement with the most rows; "
        "reporting.currency chooses another."
    )


def rate_lines(rates: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """The rates of each source: `Settled on 20 Nov 2026`, [`1 JPY = 0.00614603 EUR`, `1 USD = 0.915408 EUR`]."""
    found: dict[str, list[str]] = {}
    for row in rates.iter_rows(named=True):
        if row["currency"] != row["reporting_currency"]:
            rate = f"1 {row['currency']} = {row['rate']} {row['reporting_currency']}"
            found.setdefault(_source(row), []).append(rate)
    return list(found.items())


def small_text(rates: pl.DataFrame) -> str:
    """The floor below which a break is a trifle: `1.00 EUR`."""
    return money(rates["small_minor"][0], rates["reporting_currency"][0]) if rates.height else ""


def _source(row: dict[str, object]) -> str:
    if row["rate_source"] == RateSource.CONFIGURED:
        return "Configured"
    return f"Settled on {day_text(row['rate_day'])}"  # type: ignore[arg-type]
