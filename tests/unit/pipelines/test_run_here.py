"""A run that a signal ended is canceled, whatever Dagster took it for."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import dagster as dg
import pytest

from pipelines.interruption import RUN_AGAIN
from pipelines.run_here import canceled

DAY = date(2026, 11, 20)


def ended_by(instance: dg.DagsterInstance, error: type[BaseException]) -> str:
    """A run whose only step raises that."""

    @dg.op
    def compute() -> None:
        raise error

    @dg.job
    def day() -> None:
        compute()

    run_id = str(uuid4())
    try:
        day.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)
    except KeyboardInterrupt:
        assert error is KeyboardInterrupt
    return run_id


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt, dg.DagsterRunStatus.CANCELED, "is canceled and nothing of it is published"),
        (ValueError, dg.DagsterRunStatus.FAILURE, "had just ended"),
    ],
)
def test_what_the_signal_ended_is_canceled_and_what_failed_before_stays(
    error: type[BaseException], status: dg.DagsterRunStatus, said: str
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = ended_by(instance, error)
        assert f"The run of {DAY} {said}" in canceled(instance, run_id, DAY)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status is status


def test_a_run_that_never_was_is_just_run_again() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert canceled(instance, str(uuid4()), DAY) == RUN_AGAIN
