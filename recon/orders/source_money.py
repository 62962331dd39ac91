"""Amounts as a source stores them, to whole smallest units, for a whole column at once.

`recon.money` says the same for one amount. Text becomes a decimal number; no float is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from recon.blanks import tidy
from recon.money import LARGEST_MINOR, MOST_PLACES, known_exponent

ONE = 10**MOST_PLACES
# As many digits as LARGEST_MINOR has, or less; either side of the point may be empty, as Oracle writes .50
EXACT = rf"^[+-]?0*[0-9]{{0,{len(str(LARGEST_MINOR))}}}(?:\.[0-9]{{0,{MOST_PLACES}}}0*)?$"


@dataclass(frozen=True)
class MinorUnits:
    """The amounts, and how many could not be read, with some of their values."""

    minor: pl.Series  # null where there is no amount, or none that can be read
    unknown_currencies: int
    inexact: int
    unknown_codes: pl.Series
    inexact_amounts: pl.Series


def to_minor_units(amounts: pl.Series, currencies: pl.Series, unit: str) -> MinorUnits:
    """Amounts in `major` or `minor` units of the currencies in the same row."""
    codes = currencies.unique().drop_nulls()
    scales = {code: 10**places for code in codes if (places := known_exponent(code)) is not None}
    rows = pl.DataFrame({"raw": amounts, "currency": currencies}).with_columns(
        pl.col("currency").replace_strict(scales or {"": 1}, default=None, return_dtype=pl.Int64).alias("scale"),
    )
    rows = tidy(rows.cast({"raw": pl.String}), ["raw"])
    scale = pl.lit(1, pl.Int64) if unit == "minor" else pl.col("scale")
    rows = rows.with_columns(_exact(pl.col("raw"), scale).alias("minor"))
    is_possible = pl.col("minor").is_between(-LARGEST_MINOR, LARGEST_MINOR, closed="none")
    rows = rows.with_columns(pl.when(is_possible).then("minor").cast(pl.Int64).alias("minor"))
    raw, strange = pl.col("raw").is_not_null(), pl.col("scale").is_null()
    unknown = rows.filter(strange & (raw | pl.col("currency").is_not_null()))["currency"]
    inexact = rows.filter(raw & ~strange & pl.col("minor").is_null())["raw"]
    return MinorUnits(rows["minor"], len(unknown), len(inexact), unknown, inexact)


def _exact(amount: pl.Expr, scale: pl.Expr) -> pl.Expr:
    """Whole smallest units; null if there is a remainder, or no number. `scale`: a divisor of ONE."""
    is_exact = amount.str.contains(EXACT) & amount.str.contains("[0-9]")
    number = pl.when(is_exact).then(amount).cast(pl.Decimal(38, MOST_PLACES), strict=False)
    parts, of_a_unit = (number * ONE).cast(pl.Int128), ONE // scale
    return pl.when(parts % of_a_unit == 0).then(parts // of_a_unit)
