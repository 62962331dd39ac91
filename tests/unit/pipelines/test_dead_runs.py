"""Which run of Dagster is left over: proved by a lock, never by an age."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.assembly import build_definitions
from pipelines.dead_runs import GONE, dead_runs, end_dead_runs, living_executor
from pipelines.packaged import EXAMPLE
from resources.settings import Settings, load_settings
from resources.state_lock import RUNS_FOLDER, RunLocks
from tests.unit.resources.test_state_lock import another_process

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE
LAUNCHED = {".dagster/grpc_info": "{}"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    example = load_settings(EXAMPLE, {})
    state = example.warehouse.model_copy(update={"directory": tmp_path / "state"})
    return example.model_copy(update={"warehouse": state})


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


def begun(instance: dg.DagsterInstance, job: str = "clearing_day", **named: object) -> dg.DagsterRun:
    return instance.add_run(dg.DagsterRun(job, **{"status": STARTED} | named))  # type: ignore[arg-type]


def without_a_process(settings: Settings, run: dg.DagsterRun) -> None:
    """The file of a run whose process is dead: nobody has it locked."""
    folder = settings.warehouse.directory / RUNS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / run.run_id).touch()


def messages(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """What the events of a run say."""
    return [log.dagster_event.message or "" for log in instance.all_logs(run_id) if log.dagster_event]


@pytest.mark.parametrize("job", ["clearing_day", "inquiries", "__ASSET_JOB"])
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, STARTED])
def test_a_run_whose_process_is_dead_is_marked_as_failed(
    settings: Settings, instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus
) -> None:
    run = begun(instance, job, status=status, tags=LAUNCHED)
    without_a_process(settings, run)
    assert end_dead_runs(instance, settings) == [run.run_id]
    assert instance.get_run_by_id(run.run_id).status is FAILURE  # type: ignore[union-attr]
    assert GONE in messages(instance, run.run_id)
    assert end_dead_runs(instance, settings) == []
    assert RunLocks(settings.warehouse.directory).known() == [], "its file is not needed any more"


def test_a_run_that_was_to_be_canceled_is_canceled(settings: Settings, instance: dg.DagsterInstance) -> None:
    run = begun(instance, status=dg.DagsterRunStatus.CANCELING)
    without_a_process(settings, run)
    end_dead_runs(instance, settings)
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.CANCELED  # type: ignore[union-attr]


def test_a_run_whose_process_lives_is_left_alone(settings: Settings, instance: dg.DagsterInstance) -> None:
    run = begun(instance)
    RunLocks(settings.warehouse.directory).hold(run.run_id)
    assert dead_runs(instance, settings) == []


def test_of_a_run_without_a_file_the_lock_of_the_state_directory_tells(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run = begun(instance)
    with another_process(settings.warehouse.directory, 60):
        assert dead_runs(instance, settings) == [], "it may be the one that holds the lock"
    assert [one.run_id for one in dead_runs(instance, settings)] == [run.run_id]


def test_of_a_run_that_a_service_has_just_launched_nothing_is_known(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    begun(instance, tags=LAUNCHED)
    begun(instance, status=dg.DagsterRunStatus.NOT_STARTED)
    begun(instance, "of somebody else")
    assert dead_runs(instance, settings) == []


def test_the_sensor_of_the_daemon_does_it_too(settings: Settings, instance: dg.DagsterInstance) -> None:
    run = begun(instance, tags=LAUNCHED)
    without_a_process(settings, run)
    repository = build_definitions(settings).get_repository_def()
    with dg.build_sensor_context(
        instance=instance, resources={"settings": settings}, repository_def=repository
    ) as context:
        said = repository.get_sensor_def("dead_runs")(context)
    assert said == dg.SkipReason(f"marked as failed: {run.run_id}")


def job_here() -> dg.JobDefinition:
    """A job with the executor of all jobs here, of the configuration in RECON_CONFIG."""

    @dg.op
    def work() -> None:
        pass

    @dg.job(executor_def=living_executor(load_settings()))
    def here() -> None:
        work()

    return here


def test_a_run_that_a_service_executes_has_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the daemon executes it; the file is locked until the process ends."""
    text = EXAMPLE.read_text().replace('directory = "var/state"', f'directory = "{tmp_path}/state"')
    (tmp_path / "recon.toml").write_text(text)
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    job = dg.build_reconstructable_job("tests.unit.pipelines.test_dead_runs", "job_here")
    (tmp_path / "home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "home")) as instance:
        result = dg.execute_job(job, instance=instance)
    assert result.success
    assert RunLocks(tmp_path / "state").is_alive(result.run_id)
