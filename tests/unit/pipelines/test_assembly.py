"""The definitions load without any connected system, begin where the configuration says, and start at the
agreed time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assembly import build_definitions, load_definitions
from pipelines.clearing_day import JOB, last_finished_day
from pipelines.packaged import EXAMPLE
from recon.errors import ConfigurationError
from resources.settings import Settings, load_settings


@pytest.fixture
def settings() -> Settings:
    return load_settings(EXAMPLE)


def test_everything_resolves_without_any_secret(settings: Settings) -> None:
    definitions = build_definitions(settings)
    dg.Definitions.validate_loadable(definitions)
    job = definitions.resolve_job_def(JOB)
    keys = job.partitions_def.get_partition_keys(current_time=datetime(2026, 11, 5, tzinfo=UTC))
    assert keys[0] == settings.participant.start_day.isoformat()


def test_without_a_configuration_the_graph_is_shown_and_a_run_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RECON_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    job = load_definitions().resolve_job_def(JOB)
    result = job.execute_in_process(partition_key="2026-11-20", raise_on_error=False)
    (failure,) = [event for event in result.all_events if event.is_run_failure]
    assert "there is no configuration" in str(failure.event_specific_data)


def test_a_wrong_configuration_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[participant]\n")
    monkeypatch.setenv("RECON_CONFIG", str(path))
    with pytest.raises(ConfigurationError):
        load_definitions()


def test_the_schedule_asks_for_the_day_before_at_the_agreed_time(settings: Settings) -> None:
    definitions = build_definitions(settings)
    schedule = definitions.get_repository_def().get_schedule_def("after_arrival")
    assert schedule.cron_schedule == "30 8 * * *"
    assert schedule.execution_timezone == "Asia/Shanghai"
    tick = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    with dg.build_schedule_context(
        scheduled_execution_time=tick, repository_def=definitions.get_repository_def()
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []
    assert (request.run_key, request.partition_key) == ("2026-11-20", "2026-11-20")


def test_before_the_first_day_the_schedule_waits(settings: Settings) -> None:
    definitions = build_definitions(settings)
    schedule = definitions.get_repository_def().get_schedule_def("after_arrival")
    tick = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    with dg.build_schedule_context(
        scheduled_execution_time=tick, repository_def=definitions.get_repository_def()
    ) as context:
        assert not schedule.evaluate_tick(context).run_requests


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 21, 0, 29, tzinfo=UTC), "2026-11-19"),
        (datetime(2026, 11, 21, 0, 30, tzinfo=UTC), "2026-11-20"),
        (datetime(2026, 11, 20, 15, 59, tzinfo=UTC), "2026-11-19"),
        (datetime(2026, 11, 20, 16, 1, tzinfo=UTC), "2026-11-19"),
    ],
)
def test_a_day_is_finished_when_its_reports_should_be_there(settings: Settings, now: datetime, day: str) -> None:
    assert last_finished_day(settings, now).isoformat() == day
