"""A job from the command line: the same job as everywhere, in this process, recorded in the instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import dagster as dg

from assets.landed.asset import FROM_COMMAND_LINE
from pipelines.assembly import build_definitions
from pipelines.dead_runs import end_dead_runs
from pipelines.incomplete import causes_of
from pipelines.interruption import RUN_AGAIN, Interrupted, end_now, in_a_thread
from resources.settings import Settings
from resources.state_lock import RunLocks

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # the log is kept with the run
TAGS = {FROM_COMMAND_LINE: "yes", "dagster/max_retries": "0"}  # a person decides whether it is run again


def execute(
    settings: Settings,
    job: str,
    day: date,
    *,
    instance: dg.DagsterInstance,
    overrides: Mapping[str, object] | None = None,
    run_config: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    on_step: Callable[[str], None] | None = None,
) -> dg.ExecuteInProcessResult:
    """Runs a job for a day; a step that fails raises nothing. On SIGINT and SIGTERM the run is canceled, and the
    process ends.

    `overrides`: resources by name. `on_step` is given the name of each step that begins. Runs that dead processes left
    are ended first.
    """
    end_dead_runs(instance, settings)
    definition = build_definitions(settings, overrides or {}).resolve_job_def(job)
    run_id = str(uuid4())
    RunLocks(settings.warehouse.directory).hold(run_id)
    if on_step is not None:
        instance.add_event_listener(run_id, lambda entry: _name_step(entry, on_step))
    try:
        return in_a_thread(
            lambda: definition.execute_in_process(
                run_id=run_id,
                partition_key=day.isoformat(),
                instance=instance,
                raise_on_error=False,
                tags=TAGS | dict(tags or {}),
                run_config=QUIET | dict(run_config or {}),
            )
        )
    except Interrupted as stop:
        end_now(stop, canceled(instance, run_id, day))


def _name_step(entry: dg.EventLogEntry, on_step: Callable[[str], None]) -> None:
    event = entry.dagster_event
    if event is not None and event.is_step_start and event.step_key:
        on_step(event.step_key)


def canceled(instance: dg.DagsterInstance, run_id: str, day: date) -> str:
    """Marks the run as canceled, if it is not over or the signal has ended it, and says what that means."""
    run = instance.get_run_by_id(run_id)
    if run is None:
        return RUN_AGAIN
    was_interrupted = _was_interrupted(instance, run)
    if run.is_finished and not was_interrupted:
        return f"The run of {day} had just ended: run it again to see how"
    while run and (was_interrupted or not run.is_finished):  # its thread goes on, and may say that it starts
        instance.report_run_canceled(run, "The command was stopped by a signal.")
        run, was_interrupted = instance.get_run_by_id(run_id), False
    return f"The run of {day} is canceled and nothing of it is published: run it again"


def _was_interrupted(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether SIGINT is what it failed by: Polars raises it in whichever thread it computes."""
    if run.status is not dg.DagsterRunStatus.FAILURE:
        return False
    ended = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    errors = (error for entry in ended if entry.dagster_event for error in causes_of(entry.dagster_event))
    return any(error.cls_name == KeyboardInterrupt.__name__ for error in errors)
