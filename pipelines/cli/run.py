"""`recon run`: clearing days in order, each recorded in Dagster, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from recon.clearing_day import clearing_day
from recon.errors import DayOrderError, ReconError
from recon.listing import some_of
from recon.runbook import act_of, runbook_line, section_of
from resources.settings import load_settings
from views.terminal import print_error, print_line, show_day, waiting

if TYPE_CHECKING:
    from pipelines.run_day import DayResult

EXIT_CODES = {"proved": 0, "incomplete": 2, "failed": 1}


def days_between(day: date | None, first: date | None, last: date | None) -> list[date]:
    """The days that were asked for, in order."""
    if day is not None and first is None and last is None:
        return [day]
    if day is not None or first is None or last is None:
        raise ReconError("no day is given", where="recon run", do="Give --day, or --from and --to")
    if last < first:
        raise ReconError(f"{last} lies before {first}", where="recon run", do="Swap --from and --to")
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def run_days(days: Sequence[date], *, fetch: bool = True) -> int:
    """Runs the days until one does not prove itself; the exit code of the last one."""
    settings = load_settings()
    _require_past(days[-1])
    from pipelines.cli.alerts import notify_after
    from pipelines.instance import open_instance
    from pipelines.run_day import run_day

    with open_instance(settings) as instance:
        for place, day in enumerate(days):
            with waiting(f"Clearing day {day}"):
                result = run_day(settings, day, instance=instance, fetch=fetch)
            show_result(result)
            notify_after(settings, instance)
            if code := EXIT_CODES[result.status]:
                if left := len(days) - place - 1:
                    print_line(f"Not run: {left} later days, they start from the closing of {day}")
                return code
    return 0


def _require_past(day: date) -> None:
    today = clearing_day(datetime.now(UTC))
    if day >= today:
        raise DayOrderError(f"{day} has not ended yet, today is {today} in UTC+8", do="Choose an earlier day")


def show_result(result: DayResult) -> None:
    """The tables of the day, or why there are none, and what has to be run again."""
    if result.status != "failed":
        show_day(result.exports)
    else:
        print_error(f"recon: {result.day} failed: {result.reason}")
    if result.not_fetched:
        print_line(f"Run from what has landed, nothing was fetched: {result.not_fetched}")
    if result.reason:
        print_line(f"What to do: {act_of(result.reason)}")
        print_line(runbook_line(section_of(result.reason)))
    print_line(f"Dagster run: {result.run_id}")
    show_again(result)


def show_again(result: DayResult) -> None:
    """The later days that stand on an older list."""
    if again := result.days_to_run_again:
        print_line(f"Closed on an older list, run again: {some_of(again)}")
