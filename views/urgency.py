"""What a person works on first: one order for page, workbook, terminal, alerts and UI. `breaks.csv` keeps its own.

Nearly every deadline is the refund limit a year away. One counts only when it has passed or is near; else money does,
by its value in the reporting currency.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from recon.breaks.at_risk import IN_DOUBT
from recon.breaks.selection import IS_OPEN

NEAR = timedelta(days=7)  # a deadline that decides what is done first
FIRST = 3  # breaks that the head of the page names


def by_urgency(items: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Rows of the list by severity, then passed or near deadlines, then value in the reporting currency.

    A figure in doubt never leads: it comes after all others of its severity. What has no value (an older list, a
    currency without a rate) comes by amount, the largest of each currency first.
    """
    is_due, of_currency = is_due_soon(moment), ("severity", "currency")
    return items.sort(
        "severity",
        IN_DOUBT,
        ~is_due,
        pl.when(is_due).then("deadline_at"),
        -pl.col("value_minor"),
        pl.col("amount_at_risk_minor").fill_null(0).rank("ordinal", descending=True).over(of_currency),
        -pl.len().cast(pl.Int64).over(of_currency),
        "currency",
        "break_id",
        nulls_last=True,
    )


def is_trifle(moment: datetime) -> pl.Expr:
    """Whether a break is worth less than `tolerance.small`, and no deadline makes it urgent."""
    return pl.col("is_small").fill_null(value=False) & ~is_due_soon(moment)


def do_first(items: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """A few open breaks, one of each code and currency; S1 and S2 with a passed or near deadline before all others.

    A figure in doubt only where there is nothing else.
    """
    is_late = is_due_soon(moment) & pl.col("severity").is_in(["S1", "S2"])
    rows = by_urgency(items.filter(IS_OPEN), moment).sort(IN_DOUBT, ~is_late, maintain_order=True)
    return rows.unique(["currency", "break_code"], keep="first", maintain_order=True).head(FIRST)


def is_due_soon(moment: datetime) -> pl.Expr:
    """Whether a break is open and its deadline has passed at that moment, or is near (NEAR)."""
    limit = moment.replace(tzinfo=None) + NEAR
    return (IS_OPEN & (pl.col("deadline_at") <= limit)).fill_null(value=False)
