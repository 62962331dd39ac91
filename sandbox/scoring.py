"""The score of a list: break items against truth.csv, by family and key, code by code.

Once Alipay+ was asked, two things more are scored: the answer itself, and the code that a key deserves with it. A key
whose answer did not come still deserves the code that it had before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from sandbox.truth import TRUTH_SCHEMA

KEY = ["family", "key_kind", "key"]
CLOSED = ("RESOLVED", "WRITTEN_OFF")


@dataclass(frozen=True, slots=True)
class Score:
    """How well a day was judged; 1.0 everywhere: every key has exactly the code it deserves."""

    day: date
    by_code: pl.DataFrame  # break_code, deserved, found, right, precision, recall
    false_breaks: pl.DataFrame  # found, not deserved (or with another code)
    missed: pl.DataFrame  # deserved, not found (or with another code)
    wrong_answers: pl.DataFrame  # shown otherwise than Alipay+ says it, not asked, or asked without need
    right_answers: int
    is_after_inquiries: bool

    @property
    def precision(self) -> float:
        """Of all that was found, how much was deserved."""
        return _share(self.by_code["right"], self.by_code["found"])

    @property
    def recall(self) -> float:
        """Of all that was deserved, how much was found."""
        return _share(self.by_code["right"], self.by_code["deserved"])

    @property
    def is_perfect(self) -> bool:
        """Nothing false, nothing missed, no answer wrong."""
        return self.false_breaks.is_empty() and self.missed.is_empty() and self.wrong_answers.is_empty()


def read_truth(path: Path) -> pl.DataFrame:
    """truth.csv with its keys as text."""
    return pl.read_csv(path, schema=TRUTH_SCHEMA)


def has_answers(items: pl.DataFrame) -> bool:
    """Whether Alipay+ was asked about anything on this list."""
    return "answer" in items.columns and items["answer"].is_not_null().any()


def score(truth: pl.DataFrame, items: pl.DataFrame, day: date, *, after_inquiries: bool = False) -> Score:
    """Compares the break items of a day with what is deserved on it; closed items do not count.

    `items` needs `family`, `break_code` and `break_id` ("P/ogloba/order/0001234A"), `answer` after inquiries, and
    `incident_id` where an incident stands for breaks: they are compared too, with the incident that each belongs to.
    """
    found = _listed(items)
    answered = found if after_inquiries else found.clear()
    deserved = _deserved(truth.filter(pl.col("as_of_day") == day), answered)
    same = [*KEY, "break_code", "incident"]
    missed = deserved.join(found, on=same, how="anti")
    false_breaks = found.join(deserved, on=same, how="anti")
    doubled = found.filter(pl.struct(same).is_duplicated() & ~pl.struct(same).is_first_distinct())
    false_breaks = pl.concat([false_breaks, doubled])
    by_code = _by_code(deserved, found, missed)
    answers = _answers(deserved, answered)
    return Score(
        day,
        by_code,
        _explain(false_breaks, deserved, "deserved").sort(same),
        _explain(missed, found, "found").sort(same),
        answers.filter(~pl.col("is_right")).drop("is_right"),
        int(answers["is_right"].sum()),
        after_inquiries,
    )


def _deserved(truth: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """The code of each key: with its answer, if that came."""
    answers = answered.select(*KEY, "found_answer").unique(KEY)
    has_come = pl.col("answer") == pl.col("found_answer")
    return truth.join(answers, on=KEY, how="left", maintain_order="left").select(
        *KEY,
        pl.when(has_come).then("code_after").otherwise("break_code").alias("break_code"),
        pl.col("incident").fill_null(""),
        *("amount_minor", "currency", "scenario", "answer"),
    )


def _listed(items: pl.DataFrame) -> pl.DataFrame:
    """Open items with the kind and the key that their identity names."""
    if "state" in items.columns:
        items = items.filter(~pl.col("state").is_in(CLOSED))
    parts = pl.col("break_id").cast(pl.String).str.splitn("/", 4).struct
    whole = pl.col("incident_id") if "incident_id" in items.columns else pl.lit(None)
    return items.select(
        pl.col("family").cast(pl.String),
        key_kind=parts.field("field_2"),
        key=parts.field("field_3"),
        break_code=pl.col("break_code").cast(pl.String),
        incident=whole.cast(pl.String).str.splitn("/", 4).struct.field("field_3").fill_null(""),
        found_answer=(pl.col("answer") if "answer" in items.columns else pl.lit(None)).cast(pl.String),
    )


def _answers(deserved: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Deserved and found answers of the keys on both lists; a key that is missing on one of them is reported there."""
    both = deserved.join(found.drop("break_code", "incident"), on=KEY).sort(KEY)
    expected, answered = pl.col("answer"), pl.col("found_answer")
    has_answer = expected.is_not_null() | answered.is_not_null()
    return both.with_columns(is_right=expected.eq_missing(answered)).filter(has_answer)


def _by_code(deserved: pl.DataFrame, found: pl.DataFrame, missed: pl.DataFrame) -> pl.DataFrame:
    counts = [
        _count(deserved, "deserved"),
        _count(found, "found"),
        _count(missed, "missed"),
    ]
    table = counts[0]
    for other in counts[1:]:
        table = table.join(other, on="break_code", how="full", coalesce=True)
    table = table.fill_null(0).with_columns(right=pl.col("deserved") - pl.col("missed"))
    return table.select(
        "break_code",
        "deserved",
        "found",
        "right",
        precision=_ratio("found"),
        recall=_ratio("deserved"),
    ).sort("break_code")


def _count(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.group_by("break_code").agg(pl.len().cast(pl.Int64).alias(name))


def _ratio(whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col("right") / pl.col(whole)).otherwise(1.0)


def _explain(rows: pl.DataFrame, others: pl.DataFrame, name: str) -> pl.DataFrame:
    """Beside each row the codes that the other side has for its key."""
    codes = others.group_by(KEY).agg(pl.col("break_code").sort().str.join(" ").alias(f"{name}_as"))
    return rows.join(codes, on=KEY, how="left", maintain_order="left")


def _share(part: pl.Series, whole: pl.Series) -> float:
    return int(part.sum()) / int(whole.sum()) if whole.sum() else 1.0
