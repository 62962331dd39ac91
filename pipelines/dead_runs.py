"""Runs of Dagster that a dead process left behind: found by proof, marked as failed, and their slots freed.

The proof is a lock of the operating system, never an age:

    the file of the run can be locked      each run holds its own file as long as its process lives
    no one holds the lock of its job       of a run without a file (an older version left it) that must have held it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from assets.landed.asset import FROM_COMMAND_LINE
from pipelines.clearing_day import JOB as DAY_JOB
from pipelines.sensors.inquiries import JOB as ASKING_JOB
from recon.errors import ReconError
from recon.listing import some_of
from resources.journals.inquiries import asking_lock
from resources.settings import Settings
from resources.state_lock import RunLocks, StateLock

SECONDS = 30
UNDER_WAY = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
STARTED = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
LAUNCHED = ".dagster/grpc_info"  # Dagster's own tag of a run that a service launched
GONE = (
    "The process of this run has ended without a word: it was killed, or its machine went down. "
    "What it did not finish does not count."
)


@dataclass(frozen=True)
class Slot:
    """A slot of a pool that is claimed, or waited for, by a run that no process works on."""

    pool: str
    run_id: str
    step: str


def end_dead_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Marks the runs of dead processes as failed (those that were to be canceled, as canceled) and frees their slots.

    The ids of the runs. A run whose process may be alive is left alone.
    """
    dead = dead_runs(instance, settings)
    for run in dead:
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, GONE)
        else:
            instance.report_run_failed(run, GONE)
    for run_id in {slot.run_id for slot in dead_slots(instance, settings)}:
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    locks = RunLocks(settings.warehouse.directory)
    for run_id in locks.known():
        if (known := instance.get_run_by_id(run_id)) and known.is_finished:
            locks.forget(run_id)
    return [run.run_id for run in dead]


def dead_runs(instance: dg.DagsterInstance, settings: Settings) -> list[dg.DagsterRun]:
    """Runs under way, as Dagster has it, of which it is proved that no process works on them. Nothing is changed."""
    under_way = instance.get_runs(dg.RunsFilter(statuses=list(UNDER_WAY)))
    return [run for run in under_way if is_alive(instance, settings, run) is False]


def is_alive(instance: dg.DagsterInstance, settings: Settings, run: dg.DagsterRun) -> bool | None:
    """Whether a process works on it; None if that is not known."""
    known = RunLocks(settings.warehouse.directory).is_alive(run.run_id)
    if known is not None or run.job_name not in (DAY_JOB, ASKING_JOB):
        return known
    directory = settings.warehouse.directory
    lock = asking_lock(directory) if run.job_name == ASKING_JOB else StateLock(directory)
    return None if lock.holder() or not _must_have_held(instance, run) else False


def _must_have_held(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the run, were it alive, would hold the lock of its job: one that a service launched takes it later."""
    if LAUNCHED not in run.tags:
        return FROM_COMMAND_LINE in run.tags or run.status in STARTED
    return bool(instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_START))


def dead_slots(instance: dg.DagsterInstance, settings: Settings) -> list[Slot]:
    """Claimed slots without a live owner. The jobs here use no pools; versions before this one did."""
    return [slot for slot in _slots(instance) if _is_ownerless(instance, settings, slot)]


def _slots(instance: dg.DagsterInstance) -> Iterator[Slot]:
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    for pool in sorted(storage.get_concurrency_keys()):
        pool_info = storage.get_concurrency_info(pool)
        yield from (Slot(pool, claim.run_id, claim.step_key) for claim in pool_info.claimed_slots)
        yield from (Slot(pool, claim.run_id, claim.step_key) for claim in pool_info.pending_steps)


def _is_ownerless(instance: dg.DagsterInstance, settings: Settings, slot: Slot) -> bool:
    run = instance.get_run_by_id(slot.run_id)
    return run is None or run.is_finished or is_alive(instance, settings, run) is False


def living_executor(settings: Settings) -> dg.ExecutorDefinition:
    """Dagster's executor in one process, whose run holds its file meanwhile."""
    locks, plain = RunLocks(settings.warehouse.directory), dg.in_process_executor
    made = plain.executor_creation_fn
    assert made is not None
    return dg.ExecutorDefinition(
        name=plain.name,
        config_schema=plain.config_schema,  # type: ignore[arg-type]
        executor_creation_fn=lambda context: _Living(made(context), locks),
    )


class _Living(dg.Executor):
    def __init__(self, executor: dg.Executor, locks: RunLocks) -> None:
        self._executor, self._locks = executor, locks

    @property
    def retries(self):  # type: ignore[no-untyped-def]
        """As Dagster's."""
        return self._executor.retries

    @property
    def step_dependency_config(self):  # type: ignore[no-untyped-def]
        """As Dagster's."""
        return self._executor.step_dependency_config

    def execute(self, plan_context, execution_plan):  # type: ignore[no-untyped-def]
        """As Dagster's, with a sign of life."""
        self._locks.hold(plan_context.run_id)
        return self._executor.execute(plan_context, execution_plan)


@dg.sensor(
    name="dead_runs",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process was killed, so that the next ones do not wait for them.",
)
def dead_runs_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SkipReason:
    """Every half minute, from the first start of the daemon on."""
    try:
        ended = end_dead_runs(context.instance, settings)
    except (ReconError, OSError) as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"marked as failed: {some_of(ended)}" if ended else "no run is left over")
