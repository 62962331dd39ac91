"""How undocumented things were read, and whether a day reads them otherwise than the days before it.

Not documented are: whether a section is about its file or the whole set, whether a Summary Report is before or
after fees, and what gives a row its sign. The reading that fits the totals is used and kept; a change is a finding.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from recon.reports.signs import BY_DIRECTION, BY_TYPE, EXPLICIT
from recon.schema import Schema
from recon.tie_out import Verdict

READING_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "subject": pl.String,  # an identity, or "signs of" and the kind of report
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "reading": pl.String,
}
SET = ["participant_agreement_id", "settlement_currency"]
SEVERAL_FILES = (Verdict.PER_FILE, Verdict.PER_SET)  # with one file in a set both are the same
FEES = (Verdict.AFTER_FEES, Verdict.BEFORE_FEES)  # without fees both are the same
SIGN_RULES = (EXPLICIT, BY_DIRECTION, BY_TYPE)  # a file without rows, or all one way, fits every rule


def readings(edges: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """READING_SCHEMA from edges (EDGE_SCHEMA) and current files (kind, sign_rule, ...), of any number of days."""
    counted = edges.with_columns(several=pl.len().over("as_of_day", "edge", *SET, "batch_id", "left_name") > 1)
    is_told = pl.col("verdict").is_in(list(FEES)) | (
        pl.col("verdict").is_in(list(SEVERAL_FILES)) & (pl.col("several") | (pl.col("verdict") == Verdict.PER_SET))
    )
    of_edges = counted.filter(is_told).select("as_of_day", *SET, subject="edge", reading="verdict")
    of_files = files.filter(pl.col("sign_rule").is_in(SIGN_RULES)).select(
        *SET, as_of_day="clearing_day", subject=pl.format("signs of {}", "kind"), reading="sign_rule"
    )
    every = pl.concat([part.select(*READING_SCHEMA) for part in (of_edges, of_files)])
    return every.unique().sort(*READING_SCHEMA)


def changed_readings(kept: pl.DataFrame, day: date) -> list[str]:
    """What `day` reads otherwise than the last earlier day that read it at all. `kept`: READING_SCHEMA."""
    by = ["subject", *SET]
    of_day = kept.filter(pl.col("as_of_day") == day)
    earlier = kept.filter(pl.col("as_of_day") < day)
    last = earlier.filter(pl.col("as_of_day") == pl.col("as_of_day").max().over(by))
    known = last.group_by(by).agg(pl.col("reading").unique().sort().alias("before"), pl.col("as_of_day").first())
    changed = of_day.join(known, on=by, suffix="_before").filter(~pl.col("reading").is_in(pl.col("before")))
    return [
        f"{row['subject']} ({row['participant_agreement_id']} {row['settlement_currency']}): read as "
        f"{row['reading']!r}, on {row['as_of_day_before']} as {' and '.join(map(repr, row['before']))}"
        for row in changed.sort(by).iter_rows(named=True)
    ]
