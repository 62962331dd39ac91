"""`recon inquire`: asks Alipay+ about the unresolved payments of a day, then runs the day again with the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.terminal import complain, console, say, table, waiting
from recon.errors import ConfigurationError
from recon.inquiry_schedule import DueQuestion, Schedule
from resources.inquiry_day import due_on
from resources.settings import Settings, load_settings
from resources.settings_rules import schedule_of

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.inquire_day import InquiryResult

FAILED = 1
Clock = Callable[[], datetime]


def inquire(day: date, *, dry_run: bool, write_back: bool | None) -> int:
    """The exit code: 0 all proved, 2 the day is incomplete now, 1 anything else."""
    from pipelines.neighbours import now

    settings = load_settings()
    due = questions_due(settings, day, now())
    if dry_run:
        show_due(due, schedule_of(settings), day)
        return 0
    from pipelines.instance import open_instance

    with open_instance(settings) as instance:
        return ask_and_run(settings, day, due, instance=instance, write_back=write_back)


def questions_due(settings: Settings, day: date, moment: datetime) -> list[DueQuestion]:
    """What is to be asked about a day by hand; ConfigurationError if nobody is to be asked at all."""
    from assets.inquiries import published_of
    from pipelines.neighbours import journal_of

    if settings.inquiry is None:
        raise ConfigurationError("there is no section [inquiry]", do="Write it as docs/CONFIGURATION.md explains")
    published = published_of(settings)
    published.require_proved(day)
    return due_on(published, journal_of(settings), schedule_of(settings), day, moment, by_hand=True)


def show_due(due: Sequence[DueQuestion], schedule: Schedule, day: date) -> None:
    """One line for each question, in the order of asking."""
    say(f"{len(due)} questions are due about {day}, nothing is asked")
    for question in due:
        again = schedule.waits[question.ordinal] if question.ordinal < schedule.places else None
        later = f"again {_after(again)} if it is not final" if again is not None else "the last time, then a person"
        asked = question.asked
        say(f"{question.break_code}  {question.break_id}  {asked.asked_by} {asked.asked_id}  {later}")


def _after(wait: timedelta) -> str:
    minutes = int(wait.total_seconds() // 60)
    return f"after {minutes} minutes" if minutes < 24 * 60 else f"after {minutes // (24 * 60)} days"


def ask_and_run(
    settings: Settings,
    day: date,
    due: Sequence[DueQuestion],
    *,
    instance: dg.DagsterInstance,
    write_back: bool | None = None,
) -> int:
    """Asks, then runs the day again if there is something new to show; nothing is locked while it asks."""
    from pipelines.inquire_day import inquire_day

    say(f"{len(due)} questions are due about {day}")
    with waiting(f"Asking Alipay+ about {day}"):
        asked = inquire_day(settings, day, instance=instance, write_back=write_back)
    show_asked(asked)
    stopped = FAILED if asked.status != "proved" or asked.told.get("stopped") else 0
    code = run_again(settings, day, instance=instance) if asked.has_news else 0
    return code or stopped


def show_asked(asked: InquiryResult) -> None:
    """How many were asked, what came of it, and what stopped the run."""
    if asked.status != "proved":
        complain(f"recon: asking about {asked.day} failed: {asked.reason}")
        return
    told = asked.told
    say(f"Asked {told['asked']}, answered {told['answered']}, skipped {told['skipped']}, final {told['concluded']}")
    for line in told["by_outcome"]:
        say(f"  {line['outcome']}: {line['questions']}")
    if told.get("stopped"):
        complain(f"recon: asking stopped: {told['stopped']}")
    say(f"Dagster run: {asked.run_id}")


def run_again(settings: Settings, day: date, *, instance: dg.DagsterInstance) -> int:
    """The whole day with the answers, and what they changed."""
    from assets.inquiries import published_of
    from pipelines.cli_run import EXIT_CODES, show_result
    from pipelines.run_day import run_day

    published = published_of(settings)
    before = published.items(day)
    with waiting(f"Clearing day {day} with the answers"):
        result = run_day(settings, day, instance=instance)
    show_result(result)
    if result.status == "proved":
        show_difference(before, published.items(day))
    return EXIT_CODES[result.status]


def show_difference(before: pl.DataFrame, after: pl.DataFrame) -> None:
    """The breaks by code, before and after, with what Alipay+ said and whom that confirms."""
    rows = (
        difference(before, after)
        .select("break_code", "break_name", "before", "after", "asked", "answers", "verdicts")
        .rows()
    )
    names = [("code", "left"), ("break", "left"), ("before", "right"), ("after", "right"), ("asked", "right"),
             ("Alipay+ says", "left"), ("verdict", "left")]  # fmt: skip
    console().print(table("Breaks before and after the answers", names, rows))


def difference(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One line for each code that was asked or moved: before, after, asked, answers, verdicts."""
    counted = [
        frame.group_by("break_code", "break_name").agg(pl.len().cast(pl.Int64).alias(name))
        for frame, name in ((before, "before"), (after, "after"))
    ]
    asked = after.group_by("break_code").agg(asked=(pl.col("asked_count") > 0).sum().cast(pl.Int64))
    joined = counted[0].join(counted[1], on=["break_code", "break_name"], how="full", coalesce=True)
    for told in (asked, _tally(after, "answer", "answers"), _tally(after, "verdict", "verdicts")):
        joined = joined.join(told, on="break_code", how="left")
    lines = joined.with_columns(pl.col("before", "after", "asked").fill_null(0))
    return lines.filter((pl.col("asked") > 0) | (pl.col("before") != pl.col("after"))).sort("break_code")


def _tally(items: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """How often each value, in one text for each code: "NOT_EXIST 2, PAID 7"."""
    counted = items.filter(pl.col(column).is_not_null()).group_by("break_code", column).len().sort("break_code", column)
    text = pl.concat_str(column, "len", separator=" ").str.join(", ")
    return counted.group_by("break_code").agg(text.alias(name))
