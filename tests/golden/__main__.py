"""`make golden`: plays each case on the sandbox, freezes it with the product, and writes its folder again."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from recon.clearing_day import as_of
from resources.named_keys import named_keys
from resources.orders_db import OrdersDb, OrdersScope
from resources.settings import Settings, load_settings
from resources.warehouse import Warehouse
from sandbox import payment_scenarios, refund_scenarios
from sandbox.api_ledger import write_ledger
from sandbox.configuration import write_configuration
from sandbox.keys import make_keys
from sandbox.orders_store import open_store
from sandbox.reports import ReportWriter
from sandbox.scenarios import SCENARIOS
from sandbox.seeding import _Play
from sandbox.stage import Stage
from tests.golden.cases import CASES, HERE, Case
from tests.golden.replay import close, landing_of, parse, replay, world_of

PLAYED = (payment_scenarios, refund_scenarios)  # importing them fills the list of scenarios
COMPANY = 3  # honest sales a day
ROWS_PER_FILE = 500


class _OneScenario(_Play):
    """The scenario on the first day, honest company on every day."""

    def act_alone(self, case: Case) -> None:
        scenario = next(each for each in SCENARIOS if each.name == case.scenario)
        self._begin(case.days[0], case.scenario, 0)
        scenario.play(self._stage, case.days[0])
        self._stage.end()
        self._left = dict.fromkeys(self._stage.days, COMPANY)


def main() -> None:
    """All folders, from nothing."""
    for old in HERE.glob("[PRT][0-9][0-9]*_*"):
        shutil.rmtree(old)
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            _write(case, Path(folder))
        for day, text in replay(case, Path(tempfile.mkdtemp())):
            (case.folder / f"{day}.expected.csv").write_text(text)
        print(case.folder.name)  # noqa: T201 - a person waits


def _write(case: Case, folder: Path) -> None:
    settings, environ = _play(case, folder)
    shutil.copytree(folder / "sftp", case.folder / "sftp")
    for settlement in (case.folder / "sftp").rglob("settlement_*.csv"):
        settlement.unlink()
    world, warehouse = world_of(case), Warehouse(folder / "golden")
    landing = landing_of(world, folder / "golden")
    landing.land_from(case.folder / "sftp")
    database = OrdersDb.of(settings, environ)
    for day in case.days:
        with warehouse.connect() as connection:
            parse(connection, warehouse, landing, day)
            names = named_keys(connection, warehouse, day)
        instant = as_of(day, timedelta(minutes=30))
        database.freeze(OrdersScope(day, instant, datetime.now(UTC), names), warehouse.directory / "orders")
        for table in ("payments", "refunds"):
            pl.read_parquet(warehouse.orders_path(table, day)).write_csv(case.folder / f"{day}.{table}.csv")
        with warehouse.connect() as connection:
            close(connection, warehouse, world, case, day)


def _play(case: Case, folder: Path) -> tuple[Settings, dict[str, str]]:
    world = world_of(case)
    stage = Stage(world, case.days)
    play = _OneScenario(stage, 1, COMPANY, 0, lambda _, __: None)
    play.act_alone(case)
    url = f"sqlite:///{folder / 'orders.db'}"
    writer = ReportWriter(folder / "sftp", world, rows_per_file=ROWS_PER_FILE, signed=False)
    with open_store(url) as store, write_ledger(folder) as books:
        play.write(store, writer, books)
    config, _ = write_configuration(
        folder, world, start_day=case.days[0], port=2222, url=url, keys=make_keys(folder, 2222), unmapped=1.0
    )
    text = config.read_text().replace("[orders.refunds]\n", "[orders.refunds]\nmay_be_empty = true\n")
    config.write_text(text.replace('id = "ogloba"\n', 'id = "ogloba"\nquiet_minutes = 2880\n'))
    environ = {"RECON_ORDERS_URL": url, "RECON_SFTP_KEY": "unused"}
    return load_settings(config, environ), environ


if __name__ == "__main__":
    main()
