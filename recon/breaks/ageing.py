"""How long open breaks have been open, in the four spans that finance asks for.

Their value is that in the reporting currency, which all of them share; a figure in doubt has none and stays apart.
"""

from __future__ import annotations

import polars as pl

from recon.breaks.at_risk import HAS_RISK, IN_DOUBT
from recon.breaks.selection import IS_OPEN

FIRST_DAYS = (0, 2, 8, 31)  # of each span
SPANS = ("0 to 1", "2 to 7", "8 to 30", "over 30")  # days, in the order of FIRST_DAYS


def with_spans(items: pl.DataFrame) -> pl.DataFrame:
    """The open breaks of a list with the column `span`, one of SPANS."""
    age = pl.col("age_days")
    span = pl.lit(SPANS[0])
    for first, name in zip(FIRST_DAYS[1:], SPANS[1:], strict=True):
        span = pl.when(age >= first).then(pl.lit(name)).otherwise(span)
    return items.filter(IS_OPEN).with_columns(span=span)


def by_age(items: pl.DataFrame) -> pl.DataFrame:
    """One row for each of SPANS, also where no break is that old.

    `items`: the list as people read it, with the columns of `recon.breaks.values.VALUE_SCHEMA`. Columns: span, breaks,
    value_minor (of those with a value, in minor units of the reporting currency), unvalued_count (money at risk, but no
    rate for its currency) and in_doubt_count.
    """
    is_unvalued = HAS_RISK & ~IN_DOUBT & pl.col("value_minor").is_null()
    counted = (
        with_spans(items)
        .group_by("span")
        .agg(
            breaks=pl.len().cast(pl.Int64),
            value_minor=pl.col("value_minor").sum(),
            unvalued_count=is_unvalued.sum().cast(pl.Int64),
            in_doubt_count=(HAS_RISK & IN_DOUBT).sum().cast(pl.Int64),
        )
    )
    return pl.DataFrame({"span": SPANS}).join(counted, on="span", how="left").fill_null(0)
