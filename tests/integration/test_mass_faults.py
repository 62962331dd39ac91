"""Each mass fault that the sandbox can play: one incident names the cause and its rows, and all else is as without it.

From report files and a database to the breaks of each day, without Dagster. The honest twin has one row too few.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.breaks.step import close_breaks
from assets.orders.named_keys import named_keys
from assets.reconciled.step import reconcile_day
from assets.tied_out.step import tie_out_day
from bench.day_driver import small
from pipelines.build_resources import landing_of, warehouse_of
from recon.clearing_day import as_of, report_date
from recon.reports.names import ReportKind
from recon.tie_out.proof import PROVED
from resources.orders_db.db import OrdersDb, OrdersScope
from resources.register import mark_day
from resources.settings import Settings, load_settings
from resources.settings.rules import day_rules, report_options
from resources.warehouse import Warehouse
from sandbox.mass_faults import ENOUGH, MASS_FAULTS, OF_TWO_DAYS
from sandbox.scoring import read_truth, score
from sandbox.seeding import SeedReport, seed
from tests.support.parsed import parse_kind

SALES = 60  # refunds are among them


def played(folder: Path, **wishes: object) -> tuple[SeedReport, list[pl.DataFrame]]:
    """A seeded sandbox and the breaks of each of its days."""
    report = seed(folder, payments=SALES, **wishes)  # type: ignore[arg-type]
    environ = os.environ | {"RECON_ORDERS_URL": report.orders_url}
    settings = small(load_settings(report.config, environ))
    landing_of(settings).land_from(folder / "sftp")
    with warehouse_of(settings).kept_open():
        return report, list(judged(settings, report, OrdersDb.of(settings, environ)))


def judged(settings: Settings, report: SeedReport, orders: OrdersDb) -> Iterator[pl.DataFrame]:
    warehouse, rules = warehouse_of(settings), day_rules(settings)
    for day in report.days:
        with warehouse.connect() as connection:
            read_files(connection, warehouse, settings, day)
            names = named_keys(connection, warehouse, day)
            scope = OrdersScope(day, as_of(day, timedelta(minutes=30)), datetime.now(UTC), names)
            orders.freeze(scope, warehouse.directory / "orders")
            tie_out_day(connection, warehouse, settings, day)
            reconcile_day(connection, warehouse, day, rules)
            items, _ = close_breaks(connection, warehouse, day, rules)
            mark_day(connection, day, PROVED)
            yield items


def read_files(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, settings: Settings, day: date) -> None:
    for kind in ReportKind:
        files = [file for file in landing_of(settings).versions(report_date(day)) if file.name.kind is kind]
        parse_kind(connection, warehouse, day, kind, files, report_options(settings))


def truth_of(report: SeedReport) -> pl.DataFrame:
    return read_truth(report.truth).filter(pl.col("family") != "B")  # what was cleared is paid; sums are others


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[int, pl.DataFrame]:
    """What the same days deserve without a mass fault."""
    return {days: truth_of(seed(tmp_path_factory.mktemp("plain"), payments=SALES, days=days)) for days in (1, 2)}


@pytest.mark.parametrize("name", MASS_FAULTS)
def test_one_incident_names_the_cause_and_its_rows(name: str, tmp_path: Path, plain: dict[int, pl.DataFrame]) -> None:
    days = 2 if name in OF_TWO_DAYS else 1
    report, lists = played(tmp_path, days=days, flood=name)
    truth = truth_of(report)
    for day, items in zip(report.days, lists, strict=True):
        result = score(truth, items, day)
        assert result.is_perfect, (result.false_breaks.head(3).rows(), result.missed.head(3).rows())
    struck = truth.filter((pl.col("scenario") == name) & (pl.col("family") != "I"))
    assert struck["incident"].null_count() <= (1 if name == "hour_a_day_late" else 0), "one came in another set's file"
    struck = struck.drop_nulls("incident")
    assert struck.group_by("as_of_day").len()["len"].min() >= ENOUGH  # type: ignore[operator]
    causes = struck.select("as_of_day", pl.col("incident").str.replace(r":[A-Z]{3}$", "")).unique()
    assert not causes["as_of_day"].is_duplicated().any(), "one cause a day; each currency has a line of its own"
    assert truth.filter(pl.col("scenario") != name).equals(plain[days]), "all else is as without it"


@pytest.mark.parametrize("name", ["hour_of_orders_lost", "other_rate_charged"])
def test_one_row_too_few_is_no_incident(name: str, tmp_path: Path) -> None:
    report, [items] = played(tmp_path, days=1, flood=name, flood_rows=ENOUGH - 1)
    truth = truth_of(report)
    assert ENOUGH - 10 < truth.filter(pl.col("scenario") == name).height < ENOUGH
    assert "I" not in set(items["family"])
    assert score(truth, items, report.days[0]).is_perfect
