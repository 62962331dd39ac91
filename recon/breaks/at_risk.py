"""Money at risk: what is lost if no one acts. One definition, which every view takes.

Where the unit or the currency of an amount is itself the error, the figure is in doubt: 1,000.00 for 10.00 is no
thousand to lose. Such figures are counted and summed apart, never with the others; currencies are never added.
"""

from __future__ import annotations

import polars as pl

MARKS_OF_DOUBT = ("P09", "SCALE")  # code or flag: the currency is another one, the amounts are a power of ten apart
_FLAGS = pl.col("flags").fill_null("").str.split(" ")
IN_DOUBT = pl.any_horizontal(
    (pl.col("break_code") == mark) | _FLAGS.list.contains(mark) for mark in MARKS_OF_DOUBT
)  # needs break_code, flags
HAS_RISK = (pl.col("amount_at_risk_minor") > 0) & pl.col("currency").is_not_null()


def risk_sums() -> list[pl.Expr]:
    """The aggregates of a group of breaks of one currency, amounts in minor units.

    at_risk_count and amount_at_risk_minor: of the breaks whose figure is not in doubt; in_doubt_count and
    in_doubt_minor: of the others. They read break_code, flags, currency, amount_at_risk_minor.
    """
    amount = pl.col("amount_at_risk_minor")
    sure, doubt = HAS_RISK & ~IN_DOUBT, HAS_RISK & IN_DOUBT
    return [
        sure.sum().cast(pl.Int64).alias("at_risk_count"),
        amount.filter(sure).sum().alias("amount_at_risk_minor"),
        doubt.sum().cast(pl.Int64).alias("in_doubt_count"),
        amount.filter(doubt).sum().alias("in_doubt_minor"),
    ]


def money_at_risk(items: pl.DataFrame, *by: str) -> pl.DataFrame:
    """One row per currency and `by` with something at risk: currency, `by`, and the columns of `risk_sums`.

    `items`: the list as people read it, where an incident represents its breaks (`recon.breaks.incidents.listed`).
    """
    sums = items.group_by("currency", *by).agg(risk_sums())
    return sums.filter(pl.col("at_risk_count") + pl.col("in_doubt_count") > 0).sort("currency", *by, nulls_last=True)
