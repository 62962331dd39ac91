"""`make golden`: plays each case on the sandbox, freezes it with the product, and writes its folder again.

`python -m tests.golden B01 C04` writes the folders of these codes only. `python -m tests.golden P05=sale_dropped:2`
makes a folder: two days of a scenario that shows P05.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl

from assets.orders.named_keys import named_keys
from recon.clearing_day import as_of
from resources.orders_db.db import OrdersDb, OrdersScope
from resources.settings import Settings, load_settings
from resources.warehouse import Warehouse
from sandbox.api.ledger import write_ledger
from sandbox.configuration import write_configuration
from sandbox.honest import refunded_in_full
from sandbox.keys import make_api_keys, make_keys
from sandbox.orders_store import open_store
from sandbox.reports import ReportWriter
from sandbox.scenarios import settlements as settlement_scenarios
from sandbox.scenarios.fees import MISTAKES, FeeMistakes, _Picker
from sandbox.scenarios.played import SCENARIOS
from sandbox.seeding import _Play
from sandbox.settlement import Payout, Settler, bank_lines
from sandbox.stage import Stage
from tests.golden.cases import CASES, Case
from tests.golden.replay import BANK_FILE, close, landing_of, parse, replay, world_of

COMPANY = 3  # honest sales a day
ROWS_PER_FILE = 500


class _OneScenario(_Play):
    """The scenario on the first day, honest company on every day."""

    def act_alone(self, case: Case) -> None:
        plays = {each.name: each.play for each in SCENARIOS}
        self.perform(case.days[0], case.scenario, plays.get(case.scenario, refunded_in_full))
        self.left = dict.fromkeys(self.stage.days, COMPANY)


class _OneMistake(FeeMistakes):
    """One mistake in the fees of the first day."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.days, 1)
        (self._mistake,) = (one for one in MISTAKES if one.name == case.scenario)

    def make(self, day: date, agreement: str, fees: pl.DataFrame) -> pl.DataFrame:
        if day != self.days[0]:
            return fees
        made = self._mistake.strike(self, day, fees, _Picker(fees, Random(1)))
        return made.sort("at", "transaction_id", "fee_type", maintain_order=True)


def _first_payout(case: Case, settler: Settler) -> Callable[[Payout], None] | None:
    """One mistake in the first settlement in which it can be made; none where the case only waits."""
    spoil = getattr(settlement_scenarios, case.scenario, None)
    if spoil is None:
        return None
    spoilt: list[Payout] = []

    def make(payout: Payout) -> None:
        if not spoilt and spoil(settler, payout):
            spoilt.append(payout)

    return make


def main(wanted: Sequence[str] = ()) -> None:
    """All folders, from nothing; or those of some codes, or new ones."""
    for case in [case for word in wanted for case in _cases(word)] if wanted else CASES:
        write(case)
        print(case.folder.name)  # noqa: T201 - a person waits


def write(case: Case) -> None:
    """Its folder, from nothing."""
    shutil.rmtree(case.folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _write_inputs(case, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        for day, text in replay(case, Warehouse(Path(folder))):
            (case.folder / f"{day}.expected.csv").write_text(text)


def _cases(word: str) -> list[Case]:
    code, _, new = word.partition("=")
    if not new:
        return [case for case in CASES if case.code == code]
    scenario, _, days = new.partition(":")
    return [Case(code, scenario, int(days or 1))]


def _write_inputs(case: Case, folder: Path) -> None:
    settings, environ = _play(case, folder)
    shutil.copytree(folder / "sftp", case.folder / "sftp")
    if case.family == "B":
        shutil.copyfile(folder / BANK_FILE, case.folder / BANK_FILE)
    else:
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
    settler = Settler(world)
    writer = ReportWriter(
        directory=folder / "sftp", world=world, rows_per_file=ROWS_PER_FILE, settler=settler,
        spoil=_first_payout(case, settler) if case.family == "B" else None,
        mistakes=_OneMistake(case) if case.family == "C" else None,
    )  # fmt: skip
    with open_store(url) as append, write_ledger(folder) as books:
        play.write(append, writer, books)
    (folder / BANK_FILE).write_text(bank_lines(settler.payouts))
    config, _ = write_configuration(
        folder, world, start_day=case.days[0], port=2222, api_port=2280, url=url, keys=make_keys(folder, 2222),
        api_keys=make_api_keys(folder), unmapped=1.0,
    )  # fmt: skip
    text = config.read_text().replace("[orders.refunds]\n", "[orders.refunds]\nmay_be_empty = true\n")
    config.write_text(text.replace('id = "ogloba"\n', 'id = "ogloba"\nquiet_minutes = 2880\n'))
    environ = {"RECON_ORDERS_URL": url, "RECON_SFTP_KEY": "unused"}
    return load_settings(config, environ), environ


if __name__ == "__main__":
    main(sys.argv[1:])
