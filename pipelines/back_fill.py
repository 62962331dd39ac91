"""The job `back_fill`: several days from the UI, prepared side by side and closed in order, as `recon run --workers`.

Its run only starts the workers and waits: each day is a run of `clearing_day` of its own, recorded as always. It has
the slot of the warehouse, so that no other day is dequeued meanwhile.
"""

from contextlib import closing
from datetime import date

import dagster as dg
from pydantic import Field

from pipelines import MOST_WORKERS
from pipelines.clearing_day import ALONE
from pipelines.day_result import DayResult, require_past
from pipelines.several_days import run_several
from recon.clearing_day import Clock, days_from
from recon.errors import DayOrderError, ReconError
from resources.settings import Settings

JOB = "back_fill"
ENDED = {
    "proved": "{day} is proved, but the state is not stored",
    "incomplete": "{day} is incomplete",
    "failed": "{day} failed",
}


class Days(dg.Config):
    """What a person chooses in the UI."""

    first: str = Field(description="First clearing day, such as 2026-10-01.")
    last: str = Field(description="Last clearing day.")
    workers: int = Field(default=2, description=f"Processes, 1 to {MOST_WORKERS}; each needs the memory of a run.")
    fetch: bool = Field(default=True, description="Off: run from what has landed; the SFTP server is not asked.")


def back_fill_job(executor: dg.ExecutorDefinition = dg.in_process_executor) -> dg.JobDefinition:
    """One step; a day that does not prove itself ends it."""

    @dg.job(
        name=JOB,
        description="Several clearing days: prepared side by side, their lists closed in order. Each day is a run of "
        "clearing_day.",
        executor_def=executor,
        tags={ALONE: "warehouse", "dagster/max_retries": "0"},
    )
    def back_fill() -> None:
        days()

    return back_fill


@dg.op
def days(
    context: dg.OpExecutionContext,
    config: Days,
    settings: dg.ResourceParam[Settings],
    clock: dg.ResourceParam[Clock],
) -> None:
    """Runs the days in order, up to the first that does not prove itself."""
    wanted = _wanted(config.first, config.last)
    if not 1 <= config.workers <= MOST_WORKERS:  # pydantic would answer in words of its own
        raise ReconError(
            f"{config.workers} is too few or too many", where=f"job {JOB}, workers", do=f"Give 1 to {MOST_WORKERS}"
        )
    require_past(wanted[-1], clock())
    with closing(run_several(settings, wanted, config.workers, fetch=config.fetch)) as results:
        for result in results:
            context.log.info(f"{result.day} {result.status}, run {result.run_id}")
            require_good(result)


def _wanted(first: str, last: str) -> list[date]:
    """The days, in order. DayOrderError if that is none."""
    begin, end = _day("first", first), _day("last", last)
    if end < begin:
        raise DayOrderError(f"{last} is before {first}", where=f"job {JOB}", do="Swap them")
    return days_from(begin, end)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"{text[:20]!r} is not a day like 2026-11-20"
        raise DayOrderError(what, where=f"job {JOB}, {name}", do="Correct it in the Launchpad") from None


def require_good(result: DayResult) -> None:
    """Failure of the run with the reason of the day, or with that of the object store."""
    if reason := result.reason or result.not_stored:
        raise dg.Failure(f"{ENDED[result.status].format(day=result.day)}: {reason}", allow_retries=False)
