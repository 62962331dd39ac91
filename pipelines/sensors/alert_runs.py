"""What alerts read of the records of Dagster: how runs ended, and what the last one that asked says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.inquiries.asset import ANSWERS
from pipelines.incomplete import PARTITION_TAG, causes_of, failed_checks, our_error
from recon.inquiry.write_back import WriteResult

MOST_RUNS = 100  # of a job, newest first
MOST_LOOKED_INTO = 10  # for what they say of themselves
OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
FAILURES = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RESOURCE_INIT_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}


@dataclass(frozen=True)
class AskingRun:
    """What a run of questions says of itself. `refused`: None if it had nothing to do with our orders."""

    day: date
    run_id: str
    has_asked: bool
    stopped: str  # why it ended early, or empty
    refused: list[dict[str, Any]] | None


def endings_of(instance: dg.DagsterInstance, job: str) -> dict[date, dg.DagsterRun]:
    """Day -> its newest run; without the days that are being run."""
    newest: dict[date, dg.DagsterRun] = {}
    for run in instance.get_runs(dg.RunsFilter(job_name=job), limit=MOST_RUNS):
        if PARTITION_TAG in run.tags and run.status is not dg.DagsterRunStatus.CANCELED:
            newest.setdefault(date.fromisoformat(run.tags[PARTITION_TAG]), run)
    return {day: run for day, run in newest.items() if run.status in OVER}


def why_failed(instance: dg.DagsterInstance, run_id: str) -> str:
    """One line: what our own errors or checks say; of others only their name, because they may hold anything."""
    if failing := failed_checks(instance, run_id):
        return "; ".join(failing)
    step, names = "", list[str]()
    for event in _failures(instance, run_id):
        for cause in causes_of(event):
            if our_error(cause.cls_name):
                return cause.message.partition(": ")[2].strip()
            names += [cause.cls_name] if cause.cls_name else []
        step = step or event.step_key or ""
    if step:
        return f"the step {step} failed ({names[-1] if names else 'it says no more'})"
    return f"it ended before a step could say why ({names[-1] if names else 'its process is gone'})"


def asking_runs(instance: dg.DagsterInstance, job: str) -> Iterator[AskingRun]:
    """The runs that succeeded, newest first."""
    wanted = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
    for run in instance.get_runs(wanted, limit=MOST_LOOKED_INTO):
        if PARTITION_TAG in run.tags:
            reported = said_of_answers(instance, run.run_id)
            rows, stopped = reported.get("write_back"), str(reported.get("stopped") or "")
            refused = None if rows is None else [row for row in rows if row["result"] == WriteResult.REFUSED]
            day = date.fromisoformat(run.tags[PARTITION_TAG])
            yield AskingRun(day, run.run_id, bool(reported.get("asked") or stopped), stopped, refused)


def said_of_answers(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    """What a run that asked left with its answers: the metadata by name; empty if it has none."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    made = [record.asset_materialization for record in records]
    return {
        name: [record.data for record in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
        for one in made
        if one and one.asset_key == ANSWERS.key
        for name, value in one.metadata.items()
    }


def _failures(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.DagsterEvent]:
    events = (log.dagster_event for log in instance.all_logs(run_id, of_type=FAILURES))
    return (event for event in events if event is not None)
