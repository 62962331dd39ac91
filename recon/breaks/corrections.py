"""What another run of a day changed: report files that came anew, and the breaks that opened, closed or changed by it.

A revision of a day is its list of breaks and its report files at the time when the day had proved itself.
"""

from __future__ import annotations

import polars as pl

from recon.schema import Schema

CORRECTION_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "revision": pl.Int64,
    "recorded_at": pl.Datetime("us"),
    "what": pl.String,  # FILE, BREAK
    "name": pl.String,  # file name, break_id
    "change": pl.String,  # ADDED, REMOVED, REPLACED; OPENED, CLOSED, CHANGED
    "before": pl.String,  # version of a file; code and state of a break
    "after": pl.String,
    "rows_before": pl.Int64,
    "rows_after": pl.Int64,
    "currency": pl.String,
    "amount_before_minor": pl.Int64,  # net of a file, amount at risk of a break
    "amount_after_minor": pl.Int64,
}
FILE_SCHEMA: Schema = {
    "file_name": pl.String,
    "version": pl.Int64,
    "sha256": pl.String,
    "row_count": pl.Int64,
    "settlement_currency": pl.String,
    "net_minor": pl.Int64,
}


def corrections(
    before_files: pl.DataFrame, after_files: pl.DataFrame, before_items: pl.DataFrame, after_items: pl.DataFrame
) -> pl.DataFrame:
    """One line per file and break that differ: columns of CORRECTION_SCHEMA from `what` on.

    Files: FILE_SCHEMA. Items: `recon.breaks.items.ITEM_SCHEMA`; what is only noted counts too.
    """
    return pl.concat([_files(before_files, after_files), _breaks(before_items, after_items)]).sort("what", "name")


def _files(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    both = before.join(after, on="file_name", how="full", coalesce=True, suffix="_after").filter(
        pl.col("sha256").ne_missing(pl.col("sha256_after"))
    )
    return both.select(
        what=pl.lit("FILE"),
        name="file_name",
        change=change_of("version", "version_after", ("ADDED", "REMOVED", "REPLACED")),
        before=pl.format("version {}", "version"),
        after=pl.format("version {}", "version_after"),
        rows_before="row_count",
        rows_after="row_count_after",
        currency=pl.coalesce("settlement_currency", "settlement_currency_after"),
        amount_before_minor="net_minor",
        amount_after_minor="net_minor_after",
    )


def _breaks(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    compared = ["break_code", "state", "severity", "currency", "amount_at_risk_minor", "explanation"]
    both = (
        before.select("break_id", *compared)
        .join(after.select("break_id", *compared), on="break_id", how="full", coalesce=True, suffix="_after")
        .filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in compared))
    )
    no_rows = pl.lit(None, dtype=pl.Int64)
    return both.select(
        what=pl.lit("BREAK"),
        name="break_id",
        change=change_of("break_code", "break_code_after", ("OPENED", "CLOSED", "CHANGED")),
        before=pl.format("{} {}", "break_code", "state"),
        after=pl.format("{} {}", "break_code_after", "state_after"),
        rows_before=no_rows,
        rows_after=no_rows,
        currency=pl.coalesce("currency", "currency_after"),
        amount_before_minor="amount_at_risk_minor",
        amount_after_minor="amount_at_risk_minor_after",
    )


def change_of(before: str, after: str, words: tuple[str, str, str]) -> pl.Expr:
    """The first word where the column `before` is null, the second where the column `after` is, else the third."""
    came, went, changed = words
    return (
        pl.when(pl.col(before).is_null())
        .then(pl.lit(came))
        .when(pl.col(after).is_null())
        .then(pl.lit(went))
        .otherwise(pl.lit(changed))
    )
