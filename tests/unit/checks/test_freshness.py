"""Yesterday's clearing day is proved by its time: red when it is missing, green when it is proved, by partition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from checks.freshness import FRESH, KEY
from pipelines.assembly import build_definitions
from pipelines.build_resources import warehouse_of
from pipelines.packaged import EXAMPLE
from recon.tie_out.proof import INCOMPLETE, PROVED
from resources.register import mark_day
from resources.settings import Settings, load_settings

DAY = date(2026, 11, 20)
BEFORE_ITS_TIME = datetime(2026, 11, 21, 0, 59, tzinfo=UTC)  # 08:59 UTC+8: 08:00, half an hour, and half an hour
ITS_TIME = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
ONE_DAY = timedelta(days=1)


class Watch:
    """The sensor with its memory, a clock that is set by hand, and what the check says then."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.settings, self.instance = settings, instance
        self.now, self.cursor = ITS_TIME, None
        self.definitions = build_definitions(settings, {"clock": lambda: self.now})

    def end_day(self, day: date, status: str = PROVED, *, is_recorded: bool = True) -> None:
        """What a run of the day leaves."""
        warehouse = warehouse_of(self.settings)
        with warehouse.connect() as connection:
            mark_day(connection, day, status, None if status == PROVED else "a report is missing")
        warehouse.publish()
        if status == PROVED and is_recorded:
            event = dg.AssetMaterialization(KEY, partition=day.isoformat())
            self.instance.report_runless_asset_event(event)

    def tick(self, now: datetime) -> int:
        """What the daemon does each minute; how many verdicts it stored."""
        self.now = now
        repository = self.definitions.get_repository_def()
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            resources=dict(self.definitions.resources or {}),
            repository_def=repository,
        ) as context:
            result = repository.get_sensor_def("freshness")(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        return len(result.asset_events)

    def is_green(self) -> bool:
        """What the UI shows."""
        return self.latest().passed

    def latest(self) -> dg.AssetCheckEvaluation:
        key = dg.AssetCheckKey(KEY, FRESH)
        record = self.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
        assert record.event is not None
        assert record.event.dagster_event is not None
        return record.event.dagster_event.asset_check_evaluation_data


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    example = load_settings(EXAMPLE)
    warehouse = example.warehouse.model_copy(update={"directory": tmp_path / "state"})
    participant = example.participant.model_copy(update={"start_day": DAY - 3 * ONE_DAY})
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(example.model_copy(update={"warehouse": warehouse, "participant": participant}), instance)


def test_red_when_the_day_is_missing_after_its_time_and_green_when_it_is_proved(watch: Watch) -> None:
    watch.end_day(DAY - ONE_DAY)
    watch.tick(BEFORE_ITS_TIME)
    assert watch.is_green(), "the day before is the newest one that is due"
    watch.tick(ITS_TIME)
    assert not watch.is_green()
    assert str(DAY) in str(watch.latest().metadata["reason"].value)
    watch.end_day(DAY)
    watch.tick(ITS_TIME + timedelta(minutes=5))
    assert watch.is_green()
    assert watch.latest().metadata["newest_due_day"].value == str(DAY)


def test_a_run_of_an_older_day_freshens_nothing(watch: Watch) -> None:
    watch.end_day(DAY - ONE_DAY)
    watch.tick(ITS_TIME)
    for back in (2, 1):
        watch.end_day(DAY - back * ONE_DAY)
    watch.tick(ITS_TIME + timedelta(hours=1))
    assert not watch.is_green()


def test_an_incomplete_day_is_red_also_when_it_was_proved_before(watch: Watch) -> None:
    watch.end_day(DAY, INCOMPLETE)
    watch.tick(ITS_TIME)
    assert not watch.is_green()
    watch.end_day(DAY)
    watch.tick(ITS_TIME + timedelta(minutes=1))
    assert watch.is_green()
    watch.end_day(DAY, INCOMPLETE)
    watch.tick(ITS_TIME + timedelta(minutes=2))
    assert not watch.is_green()


def test_a_proved_day_that_this_dagster_has_not_seen_is_red(watch: Watch) -> None:
    watch.end_day(DAY, is_recorded=False)
    watch.tick(ITS_TIME)
    assert not watch.is_green()


def test_before_the_first_day_is_due_nothing_is_wrong(watch: Watch) -> None:
    watch.tick(BEFORE_ITS_TIME - 3 * ONE_DAY)
    assert watch.is_green()


def test_the_same_verdict_is_stored_once(watch: Watch) -> None:
    assert [watch.tick(ITS_TIME + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]
    watch.end_day(DAY)
    assert [watch.tick(ITS_TIME + timedelta(minutes=minute)) for minute in range(3, 5)] == [1, 0]


def test_a_later_materialization_of_any_day_does_not_outdate_the_verdict(watch: Watch) -> None:
    """Dagster shows no verdict that is older than the newest materialization."""
    watch.tick(ITS_TIME)
    watch.end_day(DAY - ONE_DAY)
    assert watch.tick(ITS_TIME + timedelta(minutes=1)) == 1
    assert not watch.is_green()


def test_its_time_is_configured(watch: Watch) -> None:
    later = watch.settings.calendar.model_copy(update={"proved_within_minutes": 120})
    patient = Watch(watch.settings.model_copy(update={"calendar": later}), watch.instance)
    patient.end_day(DAY - ONE_DAY)
    patient.tick(ITS_TIME + timedelta(minutes=89))
    assert patient.is_green()
    patient.tick(ITS_TIME + timedelta(minutes=90))
    assert not patient.is_green()


def test_a_person_can_look_without_a_run_of_the_day(watch: Watch) -> None:
    definitions = watch.definitions
    result = (
        definitions.resolve_implicit_global_asset_job_def()
        .get_subset(asset_check_selection={dg.AssetCheckKey(KEY, FRESH)})
        .execute_in_process(instance=watch.instance)
    )
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert FRESH not in {
        key.name for key in definitions.resolve_job_def("clearing_day").asset_layer.asset_graph.asset_check_keys
    }
