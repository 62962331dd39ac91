"""DuckDB and a Spark Connect server make the same of the same days: each relation, each list, each exported byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from bench.both_engines import both, sail
from resources.engine.spark import SparkServer
from resources.settings.engine import EngineSettings
from tests.golden.cases import CASES
from tests.golden.test_golden_days import shared
from tests.support.day import MemoryWarehouse, memory_warehouse
from tests.support.engines import cases_of_spec, with_our_side
from tests.support.played import LAST_DAY, drive, seed_once
from tests.support.shared_day import one_round, passed_together

ALONE = {"P12", "P14"}  # golden days that share theirs with no other: they show a trait of most rows
DAYS = (LAST_DAY - timedelta(days=1), LAST_DAY)


@pytest.fixture(scope="module")
def server() -> Iterator[SparkServer]:
    with sail() as running:
        yield running


@pytest.fixture
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def test_each_relation_of_spec_days_has_the_same_rows(server: SparkServer, warehouse: MemoryWarehouse) -> None:
    """The days that most cases want, and those that most of the cases about fees want."""
    warehouse.open_engine = both(server)
    cases = cases_of_spec()
    fees = {name: case for name, case in cases.items() if name.startswith("test_c0")}
    assert len(one_round(warehouse, cases)[0]) > 150
    assert len(one_round(warehouse, fees)[0]) > 30


def test_golden_days_come_out_as_reviewed(server: SparkServer, warehouse: MemoryWarehouse) -> None:
    warehouse.open_engine = with_our_side(server)
    cases = {case.folder.name: case for case in CASES if case.family != "B" and case.code not in ALONE}
    assert passed_together(warehouse, {name: partial(shared, case) for name, case in cases.items()}) == set(cases)


@pytest.mark.parametrize(("seed", "days"), [(1, DAYS), (2, DAYS[1:]), (3, DAYS[1:])])
def test_a_seeded_day_leaves_the_same_tables_and_exports(
    server: SparkServer, tmp_path: Path, seed: int, days: tuple[date, ...]
) -> None:
    seeded = seed_once(tmp_path / "seeded", days=len(days), seed=seed, fees=True)
    kept = []
    for name, engine in (("duckdb", EngineSettings()), ("spark", EngineSettings(kind="spark", url=server.url))):
        with drive(seeded, tmp_path / name) as box:
            box.driver.settings = box.settings.model_copy(update={"engine": engine})
            assert {box.run(day).reason for day in days} == {""}
            kept.append((box.tables(), box.bytes_kept()))
    assert kept[0] == kept[1]
