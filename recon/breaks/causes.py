"""One cause behind several breaks: named once, with the breaks under it.

A cause is a fact that the rules have proved of each break alone: its amounts are an exact power of ten apart, its
status is a word without a meaning, its batch waits for a report that has not come. That of a fee comes from the
contract (`recon.fees.patterns`). Breaks that share it, their code and what to do are one line for a person from
`fold_from` on; a hundred at once are an incident (`recon.breaks.incidents`). The breaks themselves stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from recon.breaks.at_risk import risk_sums
from recon.breaks.selection import IS_OPEN
from recon.schema import Schema

CAUSE_SCHEMA: Schema = {
    "cause": pl.String,  # in words, the same for all breaks of one cause; null: none is proved
}
FOLD_FROM = 5  # breaks of one cause
ACTION = ("break_code", "break_name", "who_acts", "what_to_do")  # what breaks share that one person settles in one way
ONE_LINE = ("cause", *ACTION)


def cause_of(row: Mapping[str, object], flags: Sequence[str]) -> str | None:
    """The cause that is proved of one break, a row of `sql/found.sql` with its merchant and status; None: none is."""
    code = row["code"]
    if "SCALE" in flags and code in ("P08", "R06"):
        return _scale(row)
    if code == "P16" and row["cancel_state"] != "UNMAPPED":  # else the unknown word is that of the cancel
        return _unmapped(row, "order_status", "status")
    if code == "R16":
        return _unmapped(row, "refund_status", "refund status")
    if code == "B02" and "NO_REPORT" in flags:
        agreement, _, rest = str(row["provider_transaction_id"]).partition(":")
        return f"no Settlement Report of agreement {agreement} in {rest.partition(':')[0]} has come since"
    if "SAME_TXN" in flags and code in ("P10", "R10") and row["lines"]:
        file_id = re.sub(r":\d+$", "", str(row["lines"]).split()[-1])
        return f"transactions of an earlier batch are cleared again in {file_id.replace('@v', ', version ')}"
    return None


def _scale(row: Mapping[str, object]) -> str | None:
    """By how much the amounts of one merchant and currency differ; the rules found it to be a power of ten."""
    ours, theirs = row["order_amount_minor"], row["report_amount_minor"]
    if not isinstance(ours, int) or not isinstance(theirs, int) or not ours or not theirs:
        return None
    factor, rest = divmod(max(ours, theirs), min(ours, theirs))
    if rest or row["order_currency"] != row["report_currency"]:
        return None
    merchant = row.get("merchant_id")
    whose = f"amounts of merchant {merchant} in" if merchant else "amounts in"
    way = "multiplied" if theirs > ours else "divided"
    return f"the report has {whose} {row['report_currency']} {way} by {factor:,}"


def _unmapped(row: Mapping[str, object], column: str, words: str) -> str | None:
    value = row.get(column)
    return f"the {words} {value} of source {row['source_id']} has no meaning in the configuration" if value else None


def breaks_by_cause(items: pl.DataFrame, fold_from: int = FOLD_FROM) -> pl.DataFrame:
    """One row per cause that has `fold_from` open breaks or more, and currency; the gravest and largest causes first.

    `items`: the list as people read it (`recon.breaks.incidents.listed`). Columns: ONE_LINE; severity, the worst of its
    breaks; of_cause, how many breaks it has; currency, and of this currency breaks, the sums of
    `recon.breaks.at_risk.risk_sums` in minor units, and break_ids, sorted.
    """
    known = items.filter(IS_OPEN & pl.col("cause").is_not_null()).with_columns(
        of_cause=pl.len().cast(pl.Int64).over(ONE_LINE), severity=pl.col("severity").min().over(ONE_LINE)
    )
    return (
        known.filter(pl.col("of_cause") >= fold_from)
        .group_by(*ONE_LINE, "severity", "of_cause", "currency")
        .agg(pl.len().cast(pl.Int64).alias("breaks"), *risk_sums(), pl.col("break_id").sort().alias("break_ids"))
        .sort("severity", "of_cause", *ONE_LINE, "currency", descending=[False, True, *[False] * 6], nulls_last=True)
    )
