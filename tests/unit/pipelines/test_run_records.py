"""Dagster's records: what is stored with kept connections is what Dagster itself reads from the same folder."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.event_records import MOST_ENGINES
from pipelines.run_records import RunRecords
from tests.support import ROOT

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dg.asset(check_specs=[dg.AssetCheckSpec("is_whole", asset="rows")])
def rows() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def run(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions(assets=[rows]).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, run_config=QUIET)
    assert result.success
    return result.run_id


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the project's own dagster.yaml."""
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "dagster.yaml").write_text(
        yaml.safe_dump({"storage": {"sqlite": {"base_dir": str(tmp_path)}}})
    )
    return tmp_path


def test_dagsters_own_storage_reads_the_same_records(kept: Path) -> None:
    with dg.DagsterInstance.from_config(str(kept)) as instance:
        run_id = run(instance)
        with dg.DagsterInstance.from_config(str(kept / "plain")) as plain:  # while the first still is open
            read = plain.all_logs(run_id)
        assert read == instance.all_logs(run_id)
        assert dg.DagsterEventType.RUN_SUCCESS in {entry.dagster_event_type for entry in read}
        assert dg.DagsterEventType.ASSET_CHECK_EVALUATION in {entry.dagster_event_type for entry in read}


def test_more_runs_than_kept_engines_lose_no_event(kept: Path) -> None:
    with dg.DagsterInstance.from_config(str(kept)) as instance:
        run_ids = [run(instance) for _ in range(MOST_ENGINES + 2)]
    with dg.DagsterInstance.from_config(str(kept / "plain")) as plain:
        assert all(plain.all_logs(run_id) for run_id in run_ids)


def test_records_that_another_process_deleted_are_gone_and_new_ones_are_kept(kept: Path) -> None:
    with dg.DagsterInstance.from_config(str(kept)) as instance:
        first = run(instance)
        with dg.DagsterInstance.from_config(str(kept / "plain")) as plain:
            plain.delete_run(first)
        assert not instance.all_logs(first)
        second = run(instance)
        assert instance.all_logs(second)


def opened(folder: str, at_once: Barrier) -> None:
    at_once.wait(60)
    with RunRecords.from_local(folder).event_log_storage.index_connection():  # type: ignore[attr-defined]
        pass


def test_processes_that_open_new_records_at_once_make_them_once(tmp_path: Path) -> None:
    """A schedule's service and a person's command start together: Dagster's own tables are made without a lock."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.unit.pipelines.test_run_records"])
    at_once = forks.Barrier(4)
    for place in range(3):
        processes = [forks.Process(target=opened, args=(str(tmp_path / str(place)), at_once)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(120)
        assert [process.exitcode for process in processes] == [0] * 4


def stored(folder: Path, run_id: str) -> set[object]:
    """The types of the events that another process reads."""
    with dg.DagsterInstance.from_config(str(folder)) as plain:
        return {entry.dagster_event_type for entry in plain.all_logs(run_id)}


def test_what_a_step_says_on_its_way_is_seen_at_once_here_and_by_others_at_its_end(kept: Path) -> None:
    seen: dict[str, object] = {}

    @dg.op(out={"one": dg.Out(), "two": dg.Out()})
    def speaks(context: dg.OpExecutionContext) -> Iterator[dg.Output[int] | dg.AssetMaterialization]:
        yield dg.AssetMaterialization("rows")
        seen["here"] = context.instance.get_latest_materialization_event(dg.AssetKey("rows"))
        seen["run"] = context.run_id
        yield dg.Output(1, "one")
        yield dg.Output(2, "two")

    @dg.op
    def looks(context: dg.OpExecutionContext, one: int, two: int) -> None:
        seen["others"] = stored(kept / "plain", context.run_id)

    @dg.job
    def job() -> None:
        looks(*speaks())

    with dg.DagsterInstance.from_config(str(kept)) as instance:
        assert job.execute_in_process(instance=instance, run_config=QUIET).success
    assert seen["here"] is not None
    kinds = dg.DagsterEventType
    assert {kinds.ASSET_MATERIALIZATION, kinds.STEP_OUTPUT, kinds.STEP_SUCCESS} <= seen["others"]  # type: ignore[operator]


def test_a_materialization_that_no_run_made_is_stored_at_once(kept: Path) -> None:
    with dg.DagsterInstance.from_config(str(kept)) as instance, dg.DagsterInstance.from_config(str(kept)) as other:
        assert newest(other) is None
        instance.report_runless_asset_event(dg.AssetMaterialization("rows", metadata={"rows": 1}))
        assert newest(other) == newest(instance) == 1


def test_a_newer_materialization_of_anyone_is_found(kept: Path) -> None:
    """What was read once is read again when the file has changed, here or in another process."""
    with dg.DagsterInstance.from_config(str(kept)) as instance:
        assert newest(instance) is None
        for count in (1, 3):
            instance.report_runless_asset_event(dg.AssetMaterialization("rows", metadata={"rows": count}))
            assert newest(instance) == count
            with dg.DagsterInstance.from_config(str(kept / "plain")) as plain:
                plain.report_runless_asset_event(dg.AssetMaterialization("rows", metadata={"rows": count + 1}))
            assert newest(instance) == count + 1
        instance.wipe_assets([dg.AssetKey("rows")])
        assert newest(instance) is None


def newest(instance: dg.DagsterInstance) -> object:
    records = instance.fetch_materializations(dg.AssetKey("rows"), limit=1).records
    materialization = records[0].asset_materialization if records else None
    return materialization and materialization.metadata["rows"].value
