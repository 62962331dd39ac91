"""One clearing day from the command line: the same job as everywhere, in this process, recorded in
the instance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import dagster as dg

from assets.landed.asset import LANDED, NO_FETCH, NOT_FETCHED
from pipelines.build_resources import warehouse_of
from pipelines.clearing_day import JOB
from pipelines.day_result import DayResult, Status, require_in_scope
from pipelines.incomplete import causes_of, failed_checks, our_error
from pipelines.kept_state import changing_state
from pipelines.run_here import execute
from recon.errors import ReconError, ReportError, SourceContractError, StaleSourceError
from resources.register import stale_days
from resources.settings import Settings

INPUT_ERRORS = (ReportError, StaleSourceError, SourceContractError)  # what came is not what it must be


def run_day(
    settings: Settings,
    day: date,
    *,
    instance: dg.DagsterInstance,
    fetch: bool = True,
    on_step: Callable[[str], None] | None = None,
) -> DayResult:
    """Runs a day under the lock of its state directory, and stores what it left; ReconError if it cannot even begin.

    Without `fetch` it runs from what has landed. `on_step` is given the name of each step that begins.
    `incomplete`: the inputs do not pass the checks. `failed`: a step could not do its work.
    """
    require_in_scope(settings, day)
    warehouse = warehouse_of(settings)
    with changing_state(settings, f"run of {day}", day) as stored, warehouse.kept_open():
        result = execute_day(settings, day, instance=instance, fetch=fetch, on_step=on_step)
        with warehouse.connect() as connection:
            again = tuple(stale_days(connection, day)) if result.status == "proved" else ()
    return replace(result, days_to_run_again=again, not_stored=stored.problem)


def execute_day(
    settings: Settings,
    day: date,
    *,
    instance: dg.DagsterInstance,
    fetch: bool,
    on_step: Callable[[str], None] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> DayResult:
    """The job of a day and how it ended; `overrides`: resources by name. What follows from it is left to the caller."""
    tags = {} if fetch else {NO_FETCH: "yes"}
    result = execute(settings, JOB, day, instance=instance, overrides=overrides, tags=tags, on_step=on_step)
    status, reason = ending(instance, result)
    exports = settings.exports.directory / day.isoformat()
    return DayResult(day, status, reason, result.run_id, exports, not_fetched=_not_fetched(result))


def _not_fetched(result: dg.ExecuteInProcessResult) -> str:
    events = [
        event for event in result.all_events if event.is_step_materialization and event.asset_key == LANDED[0].key
    ]
    reasons = [event.materialization.metadata.get(NOT_FETCHED) for event in events]
    return str(reasons[0].value) if reasons and reasons[0] else ""


def ending(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> tuple[Status, str | None]:
    """What became of the run, and why."""
    if result.success:
        return "proved", None
    disproved = failed_checks(instance, result.run_id)
    if disproved:
        return "incomplete", "; ".join(disproved)
    causes = [cause for event in result.all_events for cause in causes_of(event)]
    known = [(kind, cause) for cause in causes if (kind := our_error(cause.cls_name))]
    if not known:
        what = causes[-1].message.strip() if causes else "the run ended without saying why"
        return "failed", f"a step failed: {what}"
    kind, error = known[0]
    return ending_of(kind), error.message.partition(": ")[2].strip()


def ending_of(kind: type[ReconError]) -> Status:
    """`failed` for a connected system that does not answer: nothing was looked at."""
    return "incomplete" if issubclass(kind, INPUT_ERRORS) else "failed"
