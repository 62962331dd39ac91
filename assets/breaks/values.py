"""What each break is worth in the reporting currency, by rates of the settled rows: read, kept, and applied."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

from recon.breaks.values import with_values
from recon.money import MoneyError, exponent
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from recon.valuation import OBSERVED_SCHEMA, Reporting, rates_to, shown_rates, small_minor
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse, replace_day, transaction


def value_breaks(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, items: pl.DataFrame, reporting: Reporting
) -> pl.DataFrame:
    """The list with the columns of VALUE_SCHEMA; the rates of the day are kept in the warehouse."""
    currency = reporting.currency or _of_most_rows(connection, day)
    if not currency:  # before the first row there is nothing to compare
        return items
    observed = _observed(connection, warehouse, day)
    rates, small = rates_to(currency, observed, reporting.rates), small_minor(reporting.small, currency)
    shown = shown_rates(currency, small, rates.values(), is_configured=bool(reporting.currency))
    with transaction(connection):
        replace_day(connection, "breaks.observed_rates", day, observed.with_columns(as_of_day=pl.lit(day)))
        replace_day(connection, "breaks.rates", day, shown.with_columns(as_of_day=pl.lit(day)))
    return with_values(items, currency, rates, small)


def _observed(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> pl.DataFrame:
    """One row per pair of currencies (OBSERVED_SCHEMA): of this day, else as the day before knew it."""
    rows = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
    statement = sql_text("assets.breaks", "observed_rates").format(report_rows=rows)
    now = connection.execute(statement).pl().with_columns(rate_day=pl.lit(day)).select(*OBSERVED_SCHEMA)
    before = connection.execute(
        f"SELECT {', '.join(OBSERVED_SCHEMA)} FROM breaks.observed_rates WHERE as_of_day = ?", [day - timedelta(days=1)]
    ).pl()
    both = pl.concat([now, before], how="vertical_relaxed").filter(
        _is_known("currency"), _is_known("settlement_currency")
    )
    pair = ["currency", "settlement_currency"]
    return both.unique(pair, keep="first", maintain_order=True).sort(pair)


def _is_known(name: str) -> pl.Expr:
    """A report may have a code that is no currency: it has no rate."""
    return pl.col(name).map_elements(_has_exponent, return_dtype=pl.Boolean)


def _has_exponent(code: str) -> bool:
    try:
        return exponent(code) >= 0
    except MoneyError:
        return False


def _of_most_rows(connection: duckdb.DuckDBPyConnection, day: date) -> str:
    """The settlement currency of the agreement with the most rows so far; empty before the first row."""
    rows = connection.execute(sql_text("assets.breaks", "most_rows"), [day]).fetchall()
    return str(rows[0][0]) if rows else ""
