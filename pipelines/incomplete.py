"""A day that does not prove itself ends `incomplete`: the reason in plain words, and no list of
breaks.

It is a hook of the job, so it works however the run was started. A failing proof takes an earlier
verdict away. A step that fails for another reason before anything of the day was replaced (no
network, say) leaves an earlier proof standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import dagster as dg
from dagster._utils.error import (  # type: ignore[attr-defined]
    SerializableErrorInfo,
)

from assets.exports.step import export_incomplete
from checks import arrival, parsed_files, shape
from checks.verdict import reason_of
from recon.errors import ReconError
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.register import mark_day, status_of
from resources.settings import Settings
from resources.warehouse import Warehouse
from views import bi

PARTITION_TAG = "dagster/partition"
# What is missing or is not of this day is the cause of whatever else does not fit, and is named before it.
CAUSES = (arrival.ARRIVED, arrival.NOTHING_ELSE, parsed_files.NAMES, parsed_files.READABLE, parsed_files.IN_CYCLE)


@dg.failure_hook(name="incomplete_day", required_resource_keys={"settings", "warehouse"})
def incomplete_day(context: dg.HookContext) -> None:
    """Mark the day and write the incomplete export."""
    run = context.instance.get_run_by_id(context.run_id)
    if run is None or PARTITION_TAG not in run.tags:
        return
    failed = failed_checks(context.instance, context.run_id)
    reason = "; ".join(failed) or what_happened(context.op_exception, context.step_key)
    declare_incomplete(
        context.resources.warehouse,
        context.resources.settings,
        date.fromisoformat(run.tags[PARTITION_TAG]),
        reason,
        is_disproved=bool(failed),
    )


def declare_incomplete(warehouse: Warehouse, settings: Settings, day: date, reason: str, *, is_disproved: bool) -> None:
    """The verdict, in the warehouse and in the exports."""
    warehouse.finish_day_before()
    with warehouse.connect() as connection:
        status, _ = status_of(connection, day)
        if status == PROVED and not is_disproved:
            return
        mark_day(connection, day, INCOMPLETE, reason)
    export_incomplete(
        warehouse,
        day,
        settings.exports.directory,
        reason,
        settings.exports.formats,
        arrival_grace=settings.calendar.arrival_grace,
    )
    bi.publish(warehouse)


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """What the failed blocking checks of a run say: causes first (`CAUSES`), then the others as they ran."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [event.dagster_event.asset_check_evaluation_data for event in events if event.dagster_event is not None]
    return reasons_of((evaluation.asset_check_key.name, evaluation) for evaluation in found)


def reasons_of(results: Iterable[tuple[str, dg.AssetCheckResult | dg.AssetCheckEvaluation]]) -> list[str]:
    """Why the proofs of a day stop it, from the names of checks and their results: causes first (`CAUSES`)."""
    failed = [(_rank(name), reason) for name, result in results if (reason := reason_of(result))]
    return [reason for _, reason in sorted(failed, key=lambda ranked: ranked[0])]


def _rank(name: str) -> int:
    if name in CAUSES:
        return CAUSES.index(name)
    places = (parsed_files.COUNTED, shape.NAMES)  # whichever of the two ran first
    return len(CAUSES) + next((place for place, names in enumerate(places) if name in names), len(places))


def what_happened(error: BaseException | None, step: str) -> str:
    """One line: our own errors are clear by themselves, others are named with their step."""
    cause = error
    while cause is not None:
        if isinstance(cause, ReconError):
            return str(cause)
        cause = cause.__cause__
    name = type(error).__name__ if error is not None else "an unknown error"
    return f"the step {step} failed ({name}); its log is kept with the run"


def causes_of(event: dg.DagsterEvent) -> Iterator[SerializableErrorInfo]:
    """The errors of a failure event, from the outermost to the innermost."""
    error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
    while error is not None:
        yield error
        error = error.cause


def our_error(name: str | None) -> type[ReconError] | None:
    """The error of ours with this name, or None: of others we repeat nothing."""
    return next((error for error in _classes(ReconError) if error.__name__ == name), None)


def _classes(of: type[ReconError]) -> Iterator[type[ReconError]]:
    yield of
    for child in of.__subclasses__():
        yield from _classes(child)
