"""Amounts as a source stores them, to whole smallest units, for a whole column at once.

`recon.money` says the same for one amount. Text is cut at its decimal point; no float is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from recon.blanks import BLANKS
from recon.money import LARGEST_MINOR, MOST_PLACES, known_exponent

LARGEST_MAJOR = 10**14  # times 10**4 still fits into 64 bits


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
    stripped = pl.col("raw").cast(pl.String).str.strip_chars(BLANKS)
    rows = rows.with_columns(pl.when(stripped != "").then(stripped).alias("raw"))
    whole = rows["raw"].cast(pl.Int64, strict=False)
    if unit == "minor" and whole.null_count() == rows["raw"].null_count():
        rows = rows.with_columns(whole.alias("minor"))
    else:
        scale = pl.lit(1, pl.Int64) if unit == "minor" else pl.col("scale")
        rows = rows.with_columns(_exact(pl.col("raw"), scale).alias("minor"))
    is_possible = pl.col("minor").is_between(-LARGEST_MINOR, LARGEST_MINOR, closed="none")
    rows = rows.with_columns(pl.when(is_possible).then("minor").alias("minor"))
    raw, strange = pl.col("raw").is_not_null(), pl.col("scale").is_null()
    unknown = rows.filter(strange & (raw | pl.col("currency").is_not_null()))["currency"]
    inexact = rows.filter(raw & ~strange & pl.col("minor").is_null())["raw"]
    return MinorUnits(rows["minor"], len(unknown), len(inexact), unknown, inexact)


def _exact(amount: pl.Expr, scale: pl.Expr) -> pl.Expr:
    """Whole smallest units; null if there is a remainder, or something else than a number."""
    parts = amount.str.split_exact(".", 1)
    left, right = parts.struct.field("field_0"), parts.struct.field("field_1").fill_null("")
    nothing_left = left.is_in(["", "-"]) & (right != "")  # .50, as Oracle writes it
    whole = pl.when(nothing_left).then(0).otherwise(left.cast(pl.Int64, strict=False))
    fraction = right.str.strip_chars_end("0")
    scaled = scale * fraction.str.pad_end(MOST_PLACES, "0").cast(pl.Int64, strict=False)
    exact = (
        (fraction.str.len_bytes() <= MOST_PLACES)
        & (scaled % 10**MOST_PLACES == 0)
        & right.str.contains(r"^\d*$")
        & (amount.str.count_matches(".", literal=True) <= 1)
        & (whole.abs() < LARGEST_MAJOR)
    )
    sign = pl.when(left.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(exact).then(whole * scale + sign * (scaled // 10**MOST_PLACES))
