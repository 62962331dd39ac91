"""When the sensor asks for runs: late and re-issued files, each only once, and the days after
them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import dagster as dg
import pytest

from pipelines.assembly import build_definitions
from pipelines.packaged import EXAMPLE
from recon.clearing_day import report_date
from resources.landing import Landing
from resources.report_sftp import RemoteFile
from resources.settings import Settings, load_settings

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # 09:00 UTC+8: the run of 20 November is over
DAY = date(2026, 11, 20)
MTIME = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


class Shelf:
    """A server in memory: report date -> file name -> content."""

    def __init__(self) -> None:
        self.files: dict[date, dict[str, bytes]] = {}
        self.opened = 0

    @contextmanager
    def open(self) -> Iterator[Shelf]:
        self.opened += 1
        yield self

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        if area != "clearing":
            return []
        found = self.files.get(report_date, {})
        return [RemoteFile("/there", name, len(found[name]), MTIME) for name in sorted(found)]

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        raise AssertionError("a sensor only looks")


@pytest.fixture
def settings() -> Settings:
    return load_settings(EXAMPLE)


class Watch:
    """The sensor with its memory."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.shelf, self.cursor = settings, Shelf(), None
        self.landing = Landing(
            folder / "landed",
            participant_id=settings.participant.id,
            agreement_ids=[agreement.id for agreement in settings.agreements],
            now=lambda: NOW,
        )
        self.folder = folder
        self.definitions = build_definitions(
            settings,
            {"landing": self.landing, "open_server": self.shelf.open, "clock": lambda: NOW},
        )

    def put(self, day: date, content: bytes = b"1") -> None:
        self.shelf.files.setdefault(report_date(day), {})[self.name] = content

    @property
    def name(self) -> str:
        agreement = self.settings.agreements[0]
        return f"summary_{self.settings.participant.id}_{agreement.settlement_currency}_B1_{agreement.id}_000.csv"

    def land(self, day: date) -> None:
        source = self.folder / "hand" / f"{report_date(day):%Y%m%d}"
        source.mkdir(parents=True, exist_ok=True)
        path = source / self.name
        path.write_bytes(self.shelf.files[report_date(day)][self.name])
        os.utime(path, (MTIME.timestamp(), MTIME.timestamp()))
        self.landing.land_from(source)

    def tick(self) -> list[str]:
        """The days that are asked for."""
        return [request.partition_key or "" for request in self.requests()]

    def requests(self) -> list[dg.RunRequest]:
        return list(self.result().run_requests or [])

    def result(self) -> dg.SensorResult:
        """What the sensor says."""
        definitions = self.definitions
        with dg.build_sensor_context(
            cursor=self.cursor,
            resources=dict(definitions.resources or {}),
            repository_def=definitions.get_repository_def(),
        ) as context:
            result = definitions.get_repository_def().get_sensor_def("late_files")(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result


@pytest.fixture
def watch(settings: Settings, tmp_path: Path) -> Watch:
    return Watch(settings, tmp_path)


def test_nothing_new_asks_for_nothing(watch: Watch) -> None:
    watch.put(DAY)
    watch.land(DAY)
    assert watch.tick() == []


def test_what_is_missing_is_reported_with_the_days_that_are_left(watch: Watch) -> None:
    watch.put(DAY)
    watch.land(DAY)
    reason = str(watch.result().skip_reason)
    assert "fee of agreement AGR-1 in EUR for 2026-11-15 is missing, the server keeps it 1 more day" in reason
    assert "and 39 more" in reason  # seven days, two agreements, three reports; one came, and its set is partial


def test_a_late_file_asks_once_for_its_day_and_the_days_after_it(watch: Watch) -> None:
    watch.put(DAY - timedelta(days=2))
    assert watch.tick() == ["2026-11-18", "2026-11-19", "2026-11-20"]
    assert watch.tick() == []


def test_a_reissued_file_asks_again(watch: Watch) -> None:
    watch.put(DAY)
    watch.land(DAY)
    assert watch.tick() == []
    watch.put(DAY, b"another content")
    assert watch.tick() == ["2026-11-20"]


def test_the_same_news_has_the_same_run_key(watch: Watch) -> None:
    watch.put(DAY)
    first = [request.run_key for request in watch.requests()]
    watch.cursor = None  # the cursor was lost
    assert [request.run_key for request in watch.requests()] == first


def test_a_day_whose_reports_are_not_due_yet_is_left_to_the_schedule(watch: Watch) -> None:
    watch.put(DAY + timedelta(days=1))
    assert watch.tick() == []


def test_days_that_the_server_forgets_are_not_looked_for(watch: Watch) -> None:
    watch.put(DAY - timedelta(days=7))
    assert watch.tick() == []
    assert watch.shelf.opened == 1


def test_a_name_that_is_not_utf_8_is_no_news(watch: Watch, settings: Settings) -> None:
    name = os.fsdecode(watch.name.encode().replace(b"_B1_", b"_B\xe9_"))
    watch.shelf.files[report_date(DAY)] = {name: b"x"}
    assert watch.tick() == []


def test_what_the_server_does_not_say_is_no_news(watch: Watch) -> None:
    class Terse(Shelf):
        def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
            found = super().list_reports(area, participant_id, report_date)
            return [replace(file, size=None, mtime=None, is_file=None) for file in found]

    watch.put(DAY)
    watch.land(DAY)
    terse = Terse()
    terse.files = watch.shelf.files
    watch.definitions = build_definitions(
        watch.settings, {"landing": watch.landing, "open_server": terse.open, "clock": lambda: NOW}
    )
    assert watch.tick() == []
    watch.put(DAY - timedelta(days=1))
    assert watch.tick() == ["2026-11-19", "2026-11-20"]
