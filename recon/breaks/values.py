"""The value of each break in the reporting currency. It ranks and sums up ages; a figure in doubt has none."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from recon.breaks.at_risk import HAS_RISK, IN_DOUBT
from recon.schema import Schema
from recon.valuation import Rate, value_minor

VALUE_SCHEMA: Schema = {
    "value_minor": pl.Int64,  # null: nothing at risk, no rate, or a figure in doubt
    "value_currency": pl.String,
    "is_small": pl.Boolean,  # below `tolerance.small`
}


def with_values(items: pl.DataFrame, reporting: str, rates: Mapping[str, Rate], small_minor: int) -> pl.DataFrame:
    """The list (`recon.breaks.items.ITEM_SCHEMA`) with the columns of VALUE_SCHEMA filled."""
    amounts = items.select(
        currency=pl.when(HAS_RISK & ~IN_DOUBT).then("currency"), amount_minor="amount_at_risk_minor"
    ).iter_rows()
    values = [
        None if currency is None else value_minor(amount, currency, reporting, rates) for currency, amount in amounts
    ]
    value = pl.Series("value_minor", values, pl.Int64)
    return items.with_columns(
        value, value_currency=pl.when(value.is_not_null()).then(pl.lit(reporting)), is_small=value < small_minor
    )
