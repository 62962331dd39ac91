"""Alerts about real clearing days: a report that is missing, a server that is away, and the end of both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from pipelines.cli.alerts import alert_service
from resources.settings import load_settings
from resources.settings.alerts import Alerts, ChannelSettings
from tests.support.alerting import MailServer
from tests.support.asking import NOW, Clock
from tests.support.played import LAST_DAY, Played, play, seed_once, without_pages, without_server

DAY = LAST_DAY
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    seeded = without_pages(seed_once(tmp_path / "seeded", days=1))
    with play(seeded, tmp_path / "box", are_rows_checked=False) as box:
        yield box


def notify(box: Played, mail: MailServer, **moved: Any) -> list[str]:
    """The subjects of the mails that a look sends."""
    config = box.folder / "recon.toml"
    if "[alerts]" not in config.read_text():
        section = (
            '\n[alerts]\nlate_minutes = 14400\n[[alerts.channels]]\nname = "clerks"\nurl_env = "RECON_ALERT_MAIL"\n'
        )
        config.write_text(config.read_text() + section)
    settings = load_settings(config, os.environ | {"RECON_ALERT_MAIL": mail.address})
    before = len(mail.mails)
    alert_service(settings, box.instance, {"clock": Clock(NOW + timedelta(**moved))}).notify()
    return [subject for subject, _ in mail.texts()[before:] if "loss" not in subject]


def about(day: date) -> str:
    return f"[S2] The clearing day {day} is incomplete"


def test_a_missing_report_and_a_server_that_is_away_are_reported_once_and_their_end_too(
    played: Played, mail: MailServer
) -> None:
    report = played.reports(DAY, "feeItems")[0]
    kept = report.read_bytes()
    report.unlink()
    for _ in range(2):
        assert played.run(DAY).status == "incomplete"
    assert notify(played, mail) == [about(DAY)]
    assert notify(played, mail, minutes=2) == []
    text = dict(mail.texts())[about(DAY)]
    assert "did not prove itself: " in text
    assert "fee" in text
    report.write_bytes(kept)
    assert played.run(DAY).status == "proved"
    subjects = notify(played, mail, minutes=4)
    assert f"Over: {about(DAY)}" in subjects
    s1 = played.items(DAY).filter(pl.col("severity") == "S1", pl.col("incident_id").is_null()).height
    assert any(subject.startswith(f"[S1] {s1} breaks of severity S1") for subject in subjects)
    assert notify(played, mail, minutes=6) == []

    assert without_server(played).run(DAY).status == "failed", "after the day was proved: a failed job"
    (subject,) = notify(played, mail, minutes=8)
    assert subject == f"[S2] The job clearing_day of {DAY} failed"
    assert played.run(DAY).status == "proved"
    assert notify(played, mail, minutes=10) == [f"Over: {subject}"]

    shutil.rmtree(played.settings.warehouse.directory / "alerts")  # what follows is told to nobody yet
    a_dead_channel_is_a_warning_of_the_next_run_and_fails_no_day(played)


def a_dead_channel_is_a_warning_of_the_next_run_and_fails_no_day(played: Played) -> None:
    channel = ChannelSettings(name="clerks", url_env="RECON_ALERT_NOBODY")
    settings = played.settings.model_copy(update={"alerts": Alerts(channels=(channel,))})
    box = replace(played, settings=settings)
    alert_service(settings, box.instance, {"clock": Clock(datetime.now(UTC))}).notify(DAY)
    again = box.run(DAY)
    assert again.status == "proved"
    events = box.instance.all_logs(again.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    (check,) = [
        event.dagster_event.asset_check_evaluation_data
        for event in events
        if event.dagster_event.asset_check_evaluation_data.check_name == "alerts_are_delivered"
    ]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "RECON_ALERT_NOBODY: the environment variable is not set" in str(check.metadata["reason"].value)
