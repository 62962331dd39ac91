"""One clearing day from the command line: the same job as everywhere, in this process, recorded in
the instance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import dagster as dg
from dagster._utils.error import (  # type: ignore[attr-defined]
    SerializableErrorInfo,
)

from assets.landed import FROM_COMMAND_LINE
from pipelines.assembly import build_definitions
from pipelines.clearing_day import JOB
from pipelines.incomplete import failed_checks
from pipelines.neighbours import warehouse_of
from recon.errors import DayOrderError, OrdersError, ReconError, ReportError
from resources.reconciliation import stale_days
from resources.settings import Settings
from resources.state_lock import StateLock

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # the log is kept with the run
Status = Literal["proved", "incomplete", "failed"]


@dataclass(frozen=True)
class DayResult:
    """How a day ended. `reason` is one line, None if the day proved itself."""

    day: date
    status: Status
    reason: str | None
    run_id: str
    exports: Path
    days_to_run_again: tuple[date, ...] = ()


def run_day(settings: Settings, day: date, *, instance: dg.DagsterInstance) -> DayResult:
    """Runs a day under the lock of its state directory; ReconError if it cannot even begin.

    `incomplete`: the inputs did not stand a proof. `failed`: a step could not do its work.
    """
    if day < settings.participant.start_day:
        raise DayOrderError(
            f"{day} lies before the first day {settings.participant.start_day}",
            do="Choose a later day",
        )
    job = build_definitions(settings).resolve_job_def(JOB)
    lock = StateLock(settings.warehouse.directory, settings.warehouse.lock_wait_seconds)
    with lock.held(f"run of {day}"):
        result = job.execute_in_process(
            partition_key=day.isoformat(),
            instance=instance,
            raise_on_error=False,
            tags={FROM_COMMAND_LINE: "yes"},
            run_config=QUIET,
        )
        status, reason = ending(instance, result)
        with warehouse_of(settings).connect() as connection:
            again = tuple(stale_days(connection, day)) if status == "proved" else ()
    exports = settings.exports.directory / day.isoformat()
    return DayResult(day, status, reason, result.run_id, exports, again)


def ending(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> tuple[Status, str | None]:
    """What became of the run, and why."""
    if result.success:
        return "proved", None
    disproved = failed_checks(instance, result.run_id)
    if disproved:
        return "incomplete", "; ".join(disproved)
    causes = [cause for event in result.all_events for cause in _causes(event)]
    told = [cause for cause in causes if cause.cls_name in _OUR_ERRORS]
    if not told:
        what = causes[-1].message.strip() if causes else "the run ended without saying why"
        return "failed", f"a step failed: {what}"
    error = told[0]
    is_gate = issubclass(_OUR_ERRORS[str(error.cls_name)], (ReportError, OrdersError))
    return ("incomplete" if is_gate else "failed"), error.message.partition(": ")[2].strip()


def _causes(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The errors of a failure event, from the outermost to the innermost."""
    error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
    while error is not None:
        yield error
        error = error.cause


def _classes(of: type[ReconError]) -> Iterator[type[ReconError]]:
    yield of
    for child in of.__subclasses__():
        yield from _classes(child)


_OUR_ERRORS = {error.__name__: error for error in _classes(ReconError)}
