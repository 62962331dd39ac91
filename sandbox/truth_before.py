"""What a day deserves that is run before its files have come: `truth_before.csv`, in the columns of truth.csv.

    until         the delivery that puts an end to it
    family F      no list: the day lacks this report, or starts from a day without proof
    other rows    the whole list of the day, as the first version of the reports makes it

Once everything has come, truth.csv counts for every day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from recon.clearing_day import CLEARING_ZONE, REPORTS_READY, report_date
from sandbox.alipayplus import AlipayPlus
from sandbox.answers import add_answers
from sandbox.deliveries import Deliveries, Lack
from sandbox.scenarios.settlements import deserved
from sandbox.settlement import Settler
from sandbox.truth import DECLARED_SCHEMA, ONE_DAY, TRUTH_SCHEMA, Deserved, Truth

FILE = "truth_before.csv"
INCOMPLETE, REPORT, DAY = "F", "report", "day"
BEFORE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {"until": pl.String} | TRUTH_SCHEMA


def write_truth_before(
    directory: Path, deliveries: Deliveries, truth: pl.DataFrame, alipayplus: AlipayPlus, settler: Settler | None
) -> None:
    """Writes the file; `truth`: what is deserved in the end (DECLARED_SCHEMA)."""
    lists = _first_lists(deliveries, truth, settler).with_columns(until=pl.lit(deliveries.corrected_at.isoformat()))
    lacks = [
        pl.DataFrame(list(_lacking(lack, deliveries.days)), schema=DECLARED_SCHEMA, orient="row").with_columns(
            until=pl.lit(lack.until.isoformat())
        )
        for lack in deliveries.lacks
    ]
    before = add_answers(pl.concat([*lacks, lists]), alipayplus).select(*BEFORE_SCHEMA)
    before = before.with_columns(pl.col("break_code", "code_after").replace("", None))
    before.sort("until", "as_of_day", "family", "key_kind", "key", "break_code").write_csv(directory / FILE)


def truth_of_day(directory: Path, day: date, has_come: Callable[[datetime], bool]) -> pl.DataFrame:
    """What a run of a day deserves (TRUTH_SCHEMA); `has_come`: whether what arrives at an instant was there."""
    path = directory / FILE
    if path.exists():
        before = pl.read_csv(path, schema=BEFORE_SCHEMA).filter(pl.col("as_of_day") == day)
        for until in before["until"].unique().sort():
            if not has_come(datetime.fromisoformat(until)):
                return before.filter(pl.col("until") == until).drop("until")
    return pl.read_csv(directory / "truth.csv", schema=TRUTH_SCHEMA).filter(pl.col("as_of_day") == day)


def is_incomplete(truth: pl.DataFrame) -> bool:
    """Whether the truth of a day is that it has no list."""
    return INCOMPLETE in truth["family"]


def names_what_is_missing(truth: pl.DataFrame, reason: str) -> bool:
    """Whether the reason of an incomplete day names what it lacks, and nothing else."""
    (row,) = truth.filter(pl.col("family") == INCOMPLETE).iter_rows(named=True)
    return all(word in reason for word in _words(row["key_kind"], row["key"], row["break_code"])) and ";" not in reason


def _words(key_kind: str, key: str, code: str | None) -> list[str]:
    if key_kind == DAY:
        return [f"{key} is not proved"]
    prefix, _, currency, batch, *agreement, seq = key.removesuffix(".csv").split("_")
    return [prefix, "_".join(agreement), f"({code})", *([batch, seq] if code == "F06" else [currency])]


def _lacking(lack: Lack, days: list[date]) -> Iterator[Deserved]:
    """The day that lacks the report, and those that cannot start because of it."""
    currency = lack.name.settlement_currency
    yield Deserved(
        lack.day, INCOMPLETE, REPORT, lack.name.file_name, lack.incomplete_code, 0, currency, "report_not_there"
    )
    for day in _run_before(days, lack.day + ONE_DAY, lack.until):
        yield Deserved(day, INCOMPLETE, DAY, str(day - ONE_DAY), "", 0, currency, "starts_from_a_day_without_proof")


def _first_lists(deliveries: Deliveries, truth: pl.DataFrame, settler: Settler | None) -> pl.DataFrame:
    """The whole lists of the days that are run with the first version."""
    reissue = deliveries.reissue
    assert reissue is not None, "the days have not been played"
    days = _run_before(deliveries.days, deliveries.corrected, deliveries.corrected_at)
    truth_then = Truth(days)
    reissue.add_to(truth_then)
    if settler and settler.terms:
        first = replace(settler, batches=reissue.as_first_reported(settler.batches))
        truth_then.add(row._replace(scenario=row.scenario or "reissued") for row in deserved(first, days))
    same = pl.col("as_of_day").is_in(days) & (pl.col("family") != "B") & (pl.col("key") != reissue.unknown)
    return pl.concat([truth.filter(same), truth_then.table()])


def _run_before(days: list[date], first: date, until: datetime) -> list[date]:
    """The days from one on that are run before an instant."""
    return [
        day for day in days
        if first <= day and datetime.combine(report_date(day), REPORTS_READY, CLEARING_ZONE) < until
    ]  # fmt: skip
