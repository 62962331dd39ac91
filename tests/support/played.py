"""A seeded sandbox, and clearing days run on it: through Dagster, with its SFTP server and its API (`play`), or step by
step with the same proofs (`drive`), which is faster.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import checks.shape
from bench.day_driver import FORMATS, DayDriver, Ran, small
from bench.deliveries import LocalServer
from bench.state_digest import bytes_kept, tables
from checks.validation import Outcome
from pipelines.assembly import build_definitions
from pipelines.build_resources import warehouse_of
from pipelines.day_result import DayResult
from pipelines.incomplete import incomplete_day
from pipelines.run_day import run_day
from recon.clearing_day import as_of
from recon.reports.expectations import Expectation
from recon.reports.names import report_directory
from resources.settings import Settings, load_settings
from sandbox.seeding import seed
from sandbox.serving import SftpServer
from tests.support.api_tricks import TrickServer

LAST_DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Box:
    """A sandbox of one's own, and what can be seen of it."""

    folder: Path
    settings: Settings

    def reports(self, day: date, prefix: str) -> list[Path]:
        """The files of a day as they lie on the server."""
        return sorted(self.reports_folder(day).glob(f"{prefix}_*"))

    def reports_folder(self, day: date) -> Path:
        """The clearing folder of a day on the server."""
        participant = self.settings.participant.id
        path = report_directory("/v1", "clearing", participant, day + timedelta(days=1))
        return self.folder / "sftp" / path.lstrip("/")

    def exported(self, day: date) -> set[str]:
        """The names of the exported files."""
        return {path.name for path in (self.settings.exports.directory / str(day)).iterdir()}

    def status(self, day: date) -> tuple[str | None, str | None]:
        """What the warehouse says of a day."""
        with warehouse_of(self.settings).connect() as connection:
            rows = connection.execute("SELECT status, reason FROM breaks.days WHERE as_of_day = ?", [day]).fetchall()
        return rows[0] if rows else (None, None)

    def items(self, day: date) -> pl.DataFrame:
        """The breaks of a day."""
        with warehouse_of(self.settings).connect() as connection:
            return connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ?", [day]).pl()

    def bytes_kept(self) -> dict[str, str]:
        """Digest of every landed, frozen, parsed and exported file."""
        return bytes_kept(self.settings, self.folder)

    def tables(self) -> dict[str, str]:
        """A digest of each table of the warehouse, whatever the order of its rows; instants of the clock aside."""
        return tables(self.settings)


@dataclass(frozen=True)
class Played(Box):
    """Days run through Dagster."""

    instance: dg.DagsterInstance
    api: TrickServer

    def run(self, day: date) -> DayResult:
        """One day, as `recon run` does it."""
        return run_day(self.settings, day, instance=self.instance)


class FolderDriver(DayDriver):
    """Lands whatever is in the folder of the SFTP server, whenever it came."""

    def server(self) -> LocalServer:
        """The files that are there now."""
        files = (path for path in (self.directory / "sftp").rglob("*") if path.is_file())
        return LocalServer(self.directory, (path.relative_to(self.directory) for path in files))


@dataclass(frozen=True)
class Driven(Box):
    """Days run without Dagster, each at its own instant."""

    driver: DayDriver

    def run(self, day: date, later: timedelta = timedelta()) -> Ran:
        """One day, as soon as it can be judged, or later."""
        self.driver.now = as_of(day, self.settings.calendar.arrival_grace) + later
        return self.driver.run(day)


def job_in_processes() -> dg.JobDefinition:
    """The job with a process for each step, of the configuration in RECON_CONFIG; they share the imports."""
    definitions = build_definitions(load_settings())
    forks = {"start_method": {"forkserver": {"preload_modules": ["tests.support.played"]}}}
    several = dg.multiprocess_executor.configured(forks, "several")
    job = dg.define_asset_job("several", hooks={incomplete_day}, executor_def=several)
    return dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("several")


def seed_once(folder: Path, payments: int = 60, days: int = 2, **options: object) -> Path:
    """A seeded folder that others are copied from."""
    seed(folder, days=days, payments=payments, last_day=LAST_DAY, **options)  # type: ignore[arg-type]
    return folder


def without_pages(seeded: Path) -> Path:
    """The same folder; its days export no workbook and no page, which take a tenth of a day."""
    config = seeded / "recon.toml"
    text = config.read_text()
    assert text.count("[exports]\n") == 1
    config.write_text(text.replace("[exports]\n", f"[exports]\nformats = {json.dumps(FORMATS)}\n"))
    return seeded


def all_met(suite: Sequence[Expectation], *_: object) -> list[Outcome]:
    """In the place of `checks.shape.validate`, a sixth of a day, where the rows were checked before: every expectation
    is met.
    """
    return [Outcome() for _ in suite]


WORKER_OF_MET_ROWS = """
import checks.shape
from checks.validation import Outcome
from pipelines import day_worker
checks.shape.validate = lambda suite, *_: [Outcome() for _ in suite]  # `all_met`, without what this module imports
day_worker.main()
"""


@contextmanager
def play(seeded: Path, folder: Path, *, are_rows_checked: bool = True) -> Iterator[Played]:
    """A copy of a seeded folder, served; without the expectations of rows where its days are about something else."""
    shutil.copytree(seeded, folder)
    environ = {
        "RECON_ORDERS_URL": f"sqlite:///{folder / 'orders.db'}",
        "RECON_ORDERS_WRITE_URL": f"sqlite:///{folder / 'orders.db'}",
        "RECON_SFTP_KEY": str(folder / "keys" / "client_ed25519"),
    }
    with pytest.MonkeyPatch.context() as patch, SftpServer(folder) as server, TrickServer(folder) as api:
        for name, value in environ.items():
            patch.setenv(name, value)
        if not are_rows_checked:
            patch.setattr(checks.shape, "validate", all_met)
        config = folder / "recon.toml"
        patch.setenv("RECON_CONFIG", str(config))
        text = config.read_text().replace("port = 2222", f"port = {server.port}")
        text = text.replace("[warehouse]\n", "[warehouse]\nthreads = 1\n")  # a second one only costs, on so few rows
        config.write_text(text.replace("http://127.0.0.1:2280", api.base_url))
        with dg.DagsterInstance.ephemeral() as instance:
            yield Played(folder, load_settings(config), instance, api)


@contextmanager
def drive(seeded: Path, folder: Path, *, are_rows_checked: bool = True) -> Iterator[Driven]:
    """A copy of a seeded folder, and the driver of its days; without the expectations of rows where they were met
    before, or where the day is about something else.
    """
    shutil.copytree(seeded, folder)
    with pytest.MonkeyPatch.context() as patch:
        if not are_rows_checked:
            patch.setattr(checks.shape, "validate", all_met)
        patch.setenv("RECON_ORDERS_URL", f"sqlite:///{folder / 'orders.db'}")
        patch.setenv("RECON_CONFIG", str(folder / "recon.toml"))
        settings = small(load_settings(folder / "recon.toml"))
        yield Driven(folder, settings, FolderDriver(settings, folder, []))


def run_once(seeded: Path, folder: Path, *days: date) -> Path:
    """A folder in which these days are proved, as it was seeded otherwise: others are copied from it."""
    with play(seeded, folder) as box:
        for day in days:
            assert box.run(day).status == "proved"
    shutil.copy(seeded / "recon.toml", folder)
    return folder


def drive_once(begun: Path, folder: Path, *days: date) -> Path:
    """As `run_once` and in half its time: without Dagster, so without the exports that only a person reads, and without
    the expectations of rows.
    """
    with drive(begun, folder, are_rows_checked=False) as box:
        for day in days:
            assert box.run(day).reason == ""
        box.driver.warehouse.publish()
    return folder


def without_server(played: Played) -> Played:
    """The same, but nobody answers at the server's address."""
    nobody = played.settings.wanted_sftp().model_copy(update={"port": 9, "attempts": 1, "backoff_seconds": 0})
    return replace(played, settings=played.settings.model_copy(update={"sftp": nobody}))
