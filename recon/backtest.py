"""What other rules change of a list: the breaks that appear, vanish or change, and the money at risk of each currency.

Frames of the list in (`recon.breaks.items.ITEM_SCHEMA`, as people read it), frames out; amounts in minor units, never
added across currencies.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from recon.breaks.at_risk import risk_sums
from recon.breaks.corrections import change_of
from recon.schema import Schema

COMPARED = ("break_code", "state", "severity", "currency", "amount_at_risk_minor", "who_acts", "flags")
DIFFERENCE_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "change": pl.String,  # Change
    "break_id": pl.String,
    **{
        f"{name}_{side}": pl.Int64 if name == "amount_at_risk_minor" else pl.String
        for side in ("real", "other")
        for name in COMPARED
    },
    "explanation": pl.String,  # with the other rules, else the real one
}
SUM_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "change": pl.String,
    "currency": pl.String,
    "real_count": pl.Int64,  # of these breaks, those that the real list has in this currency
    "real_minor": pl.Int64,  # money at risk of them
    "other_count": pl.Int64,
    "other_minor": pl.Int64,
    "in_doubt_count": pl.Int64,  # on either list: their figures are in no sum
}


class Change(StrEnum):
    """What the other rules do to a break."""

    APPEARS = "APPEARS"
    VANISHES = "VANISHES"
    CHANGES = "CHANGES"


def differences(real: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """One row per break that is not the same on both lists of one day (DIFFERENCE_SCHEMA)."""
    names = ["as_of_day", "break_id", *COMPARED, "explanation"]
    both = real.select(names).join(
        other.select(names), on=["as_of_day", "break_id"], how="full", coalesce=True, suffix="_other"
    )
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_other")) for name in COMPARED)
    change = change_of("break_code", "break_code_other", (Change.APPEARS, Change.VANISHES, Change.CHANGES))
    found = both.filter(differs).with_columns(
        change.alias("change"), pl.coalesce("explanation_other", "explanation").alias("explanation")
    )
    return (
        found.rename({name: f"{name}_real" for name in COMPARED})
        .select(pl.col(name).cast(kind) for name, kind in DIFFERENCE_SCHEMA.items())
        .sort("as_of_day", "change", "break_id")
    )


def sums_of(found: pl.DataFrame) -> pl.DataFrame:
    """Money at risk of the differences, by day, change and currency (SUM_SCHEMA), what is in doubt left out."""
    by = ["as_of_day", "change", "currency"]
    sides = [_side(found, side).group_by(by).agg(pl.len().alias("count"), *risk_sums()) for side in ("real", "other")]
    real, other = sides
    both = real.join(other, on=by, how="full", coalesce=True, nulls_equal=True, suffix="_other")
    count = {name: pl.col(name).fill_null(0) for name in both.columns if name not in by}
    return both.select(
        *by,
        real_count=count["count"],
        real_minor=count["amount_at_risk_minor"],
        other_count=count["count_other"],
        other_minor=count["amount_at_risk_minor_other"],
        in_doubt_count=pl.max_horizontal(count["in_doubt_count"], count["in_doubt_count_other"]),
    ).select(pl.col(name).cast(kind) for name, kind in SUM_SCHEMA.items()).sort(by, nulls_last=True)  # fmt: skip


def _side(found: pl.DataFrame, side: str) -> pl.DataFrame:
    """The breaks as one of the lists has them; those that it does not have are left out."""
    there = found.filter(pl.col(f"break_code_{side}").is_not_null())
    return there.select(
        "as_of_day", "change", *(pl.col(f"{name}_{side}").alias(name) for name in COMPARED)
    )  # fmt: skip
