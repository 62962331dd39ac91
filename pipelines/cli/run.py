"""`recon run`: clearing days in order, each recorded in Dagster, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import typer

from pipelines.cli.exit_codes import DONE, FAILED, OF_STATUS
from pipelines.day_result import require_past
from recon.clearing_day import days_from
from recon.errors import ReconError
from recon.listing import counted, some_of
from recon.runbook import act_of, runbook_line, section_of
from resources.imports import kept_imports
from resources.settings import Settings, load_settings
from views.terminal import print_error, print_line, show_day, waiting

if TYPE_CHECKING:
    from rich.progress import Progress

    from pipelines.day_result import DayResult


def exit_code(result: DayResult) -> int:
    """DONE: proved, and stored if there is an object store."""
    return OF_STATUS[result.status] or (FAILED if result.not_stored else DONE)


def one_day(typed: date | None, day: date | None) -> date | None:
    """The day of `recon run 2026-11-20` or of `--day`."""
    if typed is not None and day is not None and typed != day:
        raise ReconError(f"two days are given, {typed} and {day}", where="recon run", do="Give one, or --from and --to")
    return typed or day


def days_between(day: date | None, first: date | None, last: date | None) -> list[date]:
    """The days that were asked for, in order."""
    if day is not None and first is None and last is None:
        return [day]
    if day is not None:
        raise ReconError(
            "a day is given and a span of days too", where="recon run", do="Give --day, or --from and --to"
        )
    if first is None or last is None:
        what = "no day is given" if first is last else "one end of the days is missing"
        raise ReconError(what, where="recon run", do="Give --day, or --from and --to")
    if last < first:
        raise ReconError(f"{last} is before {first}", where="recon run", do="Swap --from and --to")
    return days_from(first, last)


def run_days(days: Sequence[date], *, workers: int = 1, fetch: bool = True, as_json: bool = False) -> int:
    """Runs the days until one does not prove itself; the exit code of the last one. `as_json`: a line for each day."""
    settings = load_settings()
    require_past(days[-1], datetime.now(UTC))
    run = _one_by_one if min(workers, len(days)) == 1 else partial(_with_workers, workers=workers)
    for result in run(settings, days, fetch=fetch):
        (print_result if as_json else show_result)(result)
    if result.status != "proved" and (left := (days[-1] - result.day).days) and not as_json:
        print_line(f"Not run: {counted(left, 'later day')}; each starts from the closing of the day before")
    return exit_code(result)


def _one_by_one(settings: Settings, days: Sequence[date], *, fetch: bool) -> Iterator[DayResult]:
    with kept_imports():
        from pipelines.cli.alerts import notify_after
        from pipelines.instance import open_instance
        from pipelines.run_day import run_day

    with open_instance(settings) as instance:
        for day in days:
            with waiting(f"Clearing day {day}") as progress:
                result = run_day(settings, day, instance=instance, fetch=fetch, on_step=_naming_steps(day, progress))
            yield result
            notify_after(settings, instance)
            if result.status != "proved":
                return


def _with_workers(settings: Settings, days: Sequence[date], *, workers: int, fetch: bool) -> Iterator[DayResult]:
    from pipelines.several_days import run_several

    results = run_several(settings, days, workers, fetch=fetch)
    with closing(results):
        for day in days:
            with waiting(f"Clearing day {day}"):
                result = next(results, None)
            if result is None:
                return
            yield result


def _naming_steps(day: date, progress: Progress | None) -> Callable[[str], None] | None:
    """Writes into the progress line which step works now; nothing when no one watches."""
    if progress is None:
        return None
    task = progress.task_ids[0]
    return lambda step: progress.update(task, description=f"Clearing day {day}: {step.replace('_', ' ')}")


def print_result(result: DayResult) -> None:
    """One line of JSON: how the day ended, where its files are, what its summary says."""
    summary = result.exports / "summary.json"
    document = {
        "day": result.day.isoformat(),
        "status": result.status,
        "reason": result.reason,
        "run_id": result.run_id,
        "exports": str(result.exports),
        "days_to_run_again": [day.isoformat() for day in result.days_to_run_again],
        "summary": json.loads(summary.read_text("utf-8")) if result.status != "failed" and summary.exists() else None,
    }
    if result.not_stored:
        document["not_stored"] = result.not_stored
    typer.echo(json.dumps(document, ensure_ascii=False))


def show_result(result: DayResult) -> None:
    """The tables of the day, or why there are none, and what has to be run again."""
    from pipelines.kept_state import NOT_STORED

    if result.status != "failed":
        show_day(result.exports)
    else:
        print_error(f"recon: {result.day} failed: {result.reason}")
    if result.not_fetched:
        print_line(f"Run from what has landed, nothing was fetched: {result.not_fetched}")
    if result.reason:
        print_line(f"What to do: {act_of(result.reason)}")
        print_line(runbook_line(section_of(result.reason)))
    if result.not_stored:
        print_error(f"recon: {result.day} is {result.status}. {NOT_STORED}: {result.not_stored}")
        print_line(runbook_line(section_of(result.not_stored)))
    print_line(f"Dagster run: {result.run_id}")
    show_again(result)


def show_again(result: DayResult) -> None:
    """The later days that build on an older list."""
    if again := result.days_to_run_again:
        print_line(f"Closed on an older list, run again: {some_of(again)}")
