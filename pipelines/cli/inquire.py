"""`recon inquire`: asks Alipay+ about the unresolved payments of a day, then runs the day again with the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from assets.inquiries.step import due_on
from pipelines.cli.exit_codes import DONE, FAILED
from recon.clearing_day import Clock, clearing_time
from recon.inquiry.history import leased
from recon.inquiry.schedule import DueQuestion, Schedule
from recon.inquiry.verdicts import Verdict
from recon.inquiry.write_back import WriteResult
from recon.listing import are, counted, some_of
from resources.published import Published
from resources.settings import Settings, load_settings
from resources.settings.rules import schedule_of
from views.terminal import console, print_error, print_json, print_line, table, waiting

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.day_result import DayResult
    from pipelines.inquire_day import InquiryResult

VERDICTS = {  # what the answers confirm, in few words
    Verdict.CONFIRMS_OURS.value: "ours",
    Verdict.CONFIRMS_REPORT.value: "report",
    Verdict.CONTRADICTS_BOTH.value: "neither",
    Verdict.STILL_UNKNOWN.value: "open",
}


def inquire(day: date, *, dry_run: bool, write_back: bool | None, as_json: bool = False) -> int:
    """The exit code."""
    from pipelines.build_resources import now
    from pipelines.cli.alerts import notify_after
    from pipelines.cli.changing import require_stored
    from pipelines.instance import open_instance
    from pipelines.kept_state import changing_state

    settings = load_settings()
    if dry_run and as_json:
        print_json([_document(question) for question in questions_due(settings, day, now())])
        return DONE
    if dry_run:
        show_due(questions_due(settings, day, now()), schedule_of(settings), day, leases(settings, now()))
        if write_back is not False:
            show_results_to_store(settings, day, now)
        return DONE
    with open_instance(settings) as instance:
        with changing_state(settings, f"questions about {day}", alone=False) as stored:
            code, _ = ask_and_run(settings, day, instance=instance, clock=now, write_back=write_back)
        notify_after(settings, instance)
    require_stored(stored)
    return code


def questions_due(settings: Settings, day: date, moment: datetime) -> list[DueQuestion]:
    """What is to be asked about a day by hand; ConfigurationError if no one is to be asked at all."""
    from pipelines.build_resources import journal_of

    settings.wanted_inquiry()
    published = Published.of(settings)
    published.require_proved(day)
    return due_on(published, journal_of(settings), schedule_of(settings), day, moment, by_hand=True)


def leases(settings: Settings, moment: datetime) -> str:
    """What another process is asking now and until when no one else may ask it; empty if there is none.

    Leases of a dead process are none: what it asked is due.
    """
    from pipelines.build_resources import journal_of

    journal = journal_of(settings)
    if (holder := journal.asked_by) is None:
        return ""
    open_ones = leased(journal.history(), moment)
    until = open_ones["lease_until"].max()
    named = f" until {clearing_time(until)} at the latest" if isinstance(until, datetime) else ""
    return f"; {open_ones.height} more {are(open_ones.height)} leased{named}: {holder} is asking"


def _document(question: DueQuestion) -> dict[str, object]:
    """A question that is due, for a program."""
    return {
        "break_id": question.break_id,
        "break_code": question.break_code,
        "ordinal": question.ordinal,
        "asked_by": str(question.asked.asked_by),
        "asked_id": question.asked.asked_id,
    }


def show_due(due: Sequence[DueQuestion], schedule: Schedule, day: date, leased_too: str = "") -> None:
    """One line for each question, in the order of asking."""
    print_line(f"{counted(len(due), 'question')} {are(len(due))} due about {day}{leased_too}, nothing is asked")
    for question in due:
        again = schedule.waits[question.ordinal] if question.ordinal < schedule.max_questions else None
        later = f"again {_after(again)} if it is not final" if again is not None else "the last time, then a person"
        asked = question.asked
        print_line(f"{question.break_code}  {question.break_id}  {asked.asked_by} {asked.asked_id}  {later}")


def show_results_to_store(settings: Settings, day: date, clock: Clock) -> None:
    """What the answers that are known already would change in our orders; nothing where that is not configured."""
    from assets.inquiries.write_back import store_results
    from pipelines.build_resources import journal_of

    if all(source.write_back is None for source in settings.orders):
        return
    journal = journal_of(settings)
    receipt = store_results(settings.orders, journal, journal.evidence(day), clock=clock, dry_run=True)
    results = counted(receipt.count(WriteResult.WOULD_STORE), "result")
    print_line(f"{results} would be stored in our orders, nothing is stored")
    for row in receipt.rows.iter_rows(named=True):
        change = f"{row['source_id']}/{row['order_key']}  {row['before']} to {row['after']}"
        print_line(f"{row['result']}  {change}  {row['reason']}".rstrip())


def _after(wait: timedelta) -> str:
    minutes = int(wait.total_seconds() // 60)
    days = minutes // (24 * 60)
    return f"after {counted(days, 'day') if days else counted(minutes, 'minute')}"


def ask_and_run(
    settings: Settings,
    day: date,
    *,
    instance: dg.DagsterInstance,
    clock: Clock,
    write_back: bool | None = None,
) -> tuple[int, DayResult | None]:
    """Asks, then runs the day again if there is something new to show; nothing is locked while it asks.

    The exit code, and how the day ended if it ran again.
    """
    from pipelines.cli.run import exit_code
    from pipelines.inquire_day import inquire_day

    due = questions_due(settings, day, clock())
    print_line(f"{counted(len(due), 'question')} {are(len(due))} due about {day}{leases(settings, clock())}")
    with waiting(f"Asking Alipay+ about {day}"):
        asked = inquire_day(settings, day, instance=instance, clock=clock, write_back=write_back)
    show_asked(asked)
    stopped = FAILED if asked.status != "proved" or asked.reported.get("stopped") else DONE
    if not asked.has_news:
        return stopped, None
    result = run_again(settings, day, instance=instance)
    return exit_code(result) or stopped, result


def show_asked(asked: InquiryResult) -> None:
    """How many were asked, what came of it, and what stopped the run."""
    if asked.status != "proved":
        print_error(f"recon: asking about {asked.day} failed: {asked.reason}")
        return
    reported = asked.reported
    print_line(
        f"Asked {reported['asked']}, answered {reported['answered']}, skipped {reported['skipped']}, "
        f"final {reported['concluded']}"
    )
    for line in reported["by_outcome"]:
        print_line(f"  {line['outcome']}: {line['questions']}")
    if reported.get("stopped"):
        print_error(f"recon: asking stopped: {reported['stopped']}")
    if reported["for_a_person"]:
        print_line(
            f"Asked as often as planned, for a person: {some_of(row['break_id'] for row in reported['for_a_person'])}"
        )
    if reported.get("write_back") is not None:
        print_line(f"Stored in our orders: {reported['stored_in_orders']}")
    print_line(f"Dagster run: {asked.run_id}")


def run_again(settings: Settings, day: date, *, instance: dg.DagsterInstance) -> DayResult:
    """The whole day with the answers, and what they changed."""
    from pipelines.cli.run import show_again, show_result
    from pipelines.run_day import run_day

    published = Published.of(settings)
    before = published.items(day)
    with waiting(f"Clearing day {day} with the answers"):
        result = run_day(settings, day, instance=instance)
    if result.status == "proved":
        print_line(f"{day} {result.status} with the answers, Dagster run {result.run_id}")
        show_difference(before, published.items(day))
        show_again(result)
    else:
        show_result(result)
    return result


def show_difference(before: pl.DataFrame, after: pl.DataFrame) -> None:
    """The breaks by code, before and after, with what Alipay+ said, whom that confirms, and who acts now."""
    lines = difference(before, after)
    sides = [(word, "right") for word in VERDICTS.values()]
    names = [("code", "left"), ("break", "left"), ("before", "right"), ("after", "right"), ("asked", "right"),
             ("Alipay+ says", "left"), *sides, ("who acts", "left")]  # fmt: skip
    console().print(table("Breaks before and after the answers", names, lines.rows()))


def difference(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """One line for each code that was asked or moved, in the columns of the table that is shown."""
    counted = [
        frame.group_by("break_code", "break_name").agg(pl.len().cast(pl.Int64).alias(name))
        for frame, name in ((before, "before"), (after, "after"))
    ]
    asked = after.group_by("break_code").agg(
        (pl.col("asked_count") > 0).sum().cast(pl.Int64).alias("asked"),
        *((pl.col("verdict") == name).sum().cast(pl.Int64).alias(name) for name in VERDICTS),
    )
    lines = counted[0].join(counted[1], on=["break_code", "break_name"], how="full", coalesce=True)
    for tally in (asked, _tally(after, "answer"), _tally(after, "who_acts")):
        lines = lines.join(tally, on="break_code", how="left")
    return (
        lines.with_columns(pl.col("before", "after", "asked", *VERDICTS).fill_null(0))
        .filter((pl.col("asked") > 0) | (pl.col("before") != pl.col("after")))
        .select("break_code", "break_name", "before", "after", "asked", "answer", *VERDICTS, "who_acts")
        .sort("break_code")
    )


def _tally(items: pl.DataFrame, column: str) -> pl.DataFrame:
    """How often each value, in one text for each code: "NOT_EXIST 2, PAID 7"."""
    counted = items.filter(pl.col(column).is_not_null()).group_by("break_code", column).len().sort("break_code", column)
    text = pl.concat_str(column, "len", separator=" ").str.join(", ")
    return counted.group_by("break_code").agg(text.alias(column))
