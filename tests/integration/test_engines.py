"""DuckDB and a Spark Connect server make the same of the same days: each relation, each list, each exported byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from bench.both_engines import both, sail
from pipelines.clearing_day import JOB
from pipelines.packaged import EXAMPLE
from recon.errors import EngineError
from resources.engine import in_process
from resources.engine.spark_server import SparkServer
from resources.settings import load_settings
from resources.settings.engine import EngineKind, EngineSettings
from resources.warehouse import Warehouse
from tests.golden.cases import CASES
from tests.golden.test_golden_days import shared
from tests.support.day import MemoryWarehouse, memory_warehouse
from tests.support.engines import cases_of_spec, from_second_day, with_our_side
from tests.support.played import LAST_DAY, drive, drive_once, play, seed_once
from tests.support.shared_day import passed_together, play_most
from tests.support.sshd import free_port
from views.doctor.engine import engine_findings
from views.doctor.findings import Health
from views.doctor.rounds import ConnectedSystem, examine

ALONE = {"P12", "P14"}  # golden days that share theirs with no other: they show a trait of most rows
PAGE = Path(__file__).parents[2] / "docs" / "CONFIGURATION.md"
(SECTION,) = re.findall(r"^```toml\n(\[engine\]\n.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[SparkServer]:
    with sail() as running:
        yield running


def sections(server: SparkServer) -> dict[str, str]:
    """Engine -> what docs/CONFIGURATION.md says to write into recon.toml for it."""
    return {"duckdb": "", "spark": SECTION.replace("sc://localhost:15002", server.url)}


@contextmanager
def switched(seeded: Path, section: str) -> Iterator[None]:
    """The seeded configuration with this section."""
    config = seeded / "recon.toml"
    text = config.read_text()
    config.write_text(f"{text}\n{section}")
    yield
    config.write_text(text)


@pytest.fixture
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def test_each_relation_of_spec_days_has_the_same_rows(server: SparkServer, warehouse: MemoryWarehouse) -> None:
    """The days that most cases want, and the one that most of the cases about fees want. The first one comes once more
    as the second, with the same orders and rows, and answers of Alipay+ as well: there it is compared.
    """
    warehouse.open_engine = from_second_day(in_process, both(server))
    cases = cases_of_spec()
    fees = {name: case for name, case in cases.items() if name.startswith("test_c0")}
    assert play_most(warehouse, cases, days=3) > 150
    warehouse.open_engine = both(server)
    assert play_most(warehouse, fees, days=1) > 30


def test_golden_days_come_out_as_reviewed(server: SparkServer, warehouse: MemoryWarehouse) -> None:
    warehouse.open_engine = with_our_side(server)
    cases = {case.folder.name: case for case in CASES if case.family != "B" and case.code not in ALONE}
    assert passed_together(warehouse, {name: partial(shared, case) for name, case in cases.items()}) == set(cases)


def test_another_seed_leaves_the_same_tables_and_files(server: SparkServer, tmp_path: Path) -> None:
    """One day, step by step."""
    seeded = seed_once(tmp_path / "seeded", payments=60, days=1, fees=True, seed=3)
    kept = []
    for kind, section in sections(server).items():
        with switched(seeded, section), drive(seeded, tmp_path / kind, are_rows_checked=False) as box:
            assert box.run(LAST_DAY).reason == ""
            kept.append((box.tables(), box.bytes_kept()))
    assert kept[0] == kept[1]


@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_a_seeded_day_leaves_the_same_tables_and_exports(server: SparkServer, tmp_path: Path) -> None:
    """The whole job `clearing_day`, with its checks, from the SFTP server to the exported files. The engine is switched
    as docs/CONFIGURATION.md says; the day knows what the one before it brought.
    """
    seeded = seed_once(tmp_path / "seeded", payments=120, fees=True)
    begun = drive_once(seeded, tmp_path / "begun", LAST_DAY - timedelta(days=1))
    kept = []
    for kind, section in sections(server).items():
        with switched(begun, section), play(begun, tmp_path / kind) as box:
            assert box.settings.engine.kind == kind
            result = box.run(LAST_DAY)
            assert result.status == "proved", result.reason
            run = box.instance.get_run_by_id(result.run_id)
            assert run is not None
            assert (run.job_name, run.status) == (JOB, dg.DagsterRunStatus.SUCCESS)
            kept.append((box.tables(), box.bytes_kept()))
    assert kept[0] == kept[1]
    exports = {path.name for path in result.exports.iterdir()}
    assert {"breaks.csv", "breaks.parquet", "breaks.xlsx", "report.html", "tie_out.csv", "summary.json"} <= exports


def test_what_the_server_refuses_stops_the_day_and_leaves_nothing(
    server: SparkServer, warehouse: MemoryWarehouse
) -> None:
    with warehouse.connect() as connection, server.opened(connection, warehouse) as engine:
        assert engine.rows("SELECT 1 // 0 AS nothing")["nothing"].to_list() == [None]
        with pytest.raises(EngineError, match="the engine refuses to give rows: ") as caught:
            engine.rows("SELECT CAST('private' AS BIGINT) AS number")
    assert "private" not in str(caught.value)
    assert caught.value.where == server.url
    assert not (warehouse.directory / "spill" / "engine").exists()


def test_many_rows_spans_and_odd_paths_reach_the_server(server: SparkServer, tmp_path: Path) -> None:
    spans = pl.DataFrame({"id": ["a", None, "\u00e9'"], "span": [timedelta(minutes=5), None, timedelta()]})
    folder = tmp_path / "with a space, a % and an \u00e9"
    warehouse = Warehouse(folder)
    with warehouse.connect() as connection, server.opened(connection, warehouse) as engine:
        engine.add_rows("spans", spans)
        query = "SELECT spans.id, TIMESTAMP '2026-11-20 00:00:00' + spans.span AS later FROM spans"
        assert engine.rows(query).sort("id").equals(connection.sql(query).pl().sort("id"))
        engine.add_table("many", "SELECT range AS number FROM range($count)", {"count": 100_000})
        assert engine.rows("SELECT SUM(many.number) AS total FROM many").item() == 4_999_950_000


def test_the_doctor_tries_the_server_and_the_folder(server: SparkServer, tmp_path: Path) -> None:
    settings = load_settings(EXAMPLE, {}).model_copy(
        update={"engine": EngineSettings(kind=EngineKind.SPARK, url=server.url, wait_seconds=0)}
    )
    settings = settings.model_copy(update={"warehouse": settings.warehouse.model_copy(update={"directory": tmp_path})})
    found = list(engine_findings(settings))
    assert [(finding.check, finding.health) for finding in found] == [("session", Health.OK), ("files", Health.OK)]
    assert found[0].found.startswith(f"{server.url} answers: Spark ")
    assert not list(tmp_path.glob("spill/*")), "a look leaves nothing"
    absent = settings.warehouse.model_copy(update={"directory": tmp_path / "none yet"})
    (_, files) = engine_findings(settings.model_copy(update={"warehouse": absent}))
    assert files.health is Health.NOTE


def test_the_doctor_names_the_section_where_no_server_answers(tmp_path: Path) -> None:
    engine = EngineSettings(kind=EngineKind.SPARK, url=f"sc://127.0.0.1:{free_port()}", wait_seconds=0)
    settings = load_settings(EXAMPLE, {}).model_copy(update={"engine": engine})
    (found,) = examine([ConnectedSystem("engine", "engine", lambda: engine_findings(settings))])
    assert (found.check, found.health, found.found) == ("session", Health.WRONG, "the engine does not answer")
