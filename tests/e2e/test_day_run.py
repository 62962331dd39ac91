"""Whole clearing days through Dagster, against the sandbox and its SFTP server."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from dagster._core.event_api import PartitionKeyFilter

from assets.landed.asset import NOT_FETCHED, RETRIES, landed
from pipelines.assembly import build_definitions
from pipelines.build_resources import landing_of
from pipelines.clearing_day import JOB
from pipelines.cli.commands import run_cli
from pipelines.day_result import DayResult
from pipelines.run_day import run_day
from recon.breaks.incidents import listed
from recon.clearing_day import report_date
from resources.settings import load_settings
from sandbox.scoring import read_truth, score
from tests.support.control_totals import DETAIL_COUNT
from tests.support.played import LAST_DAY, Played, play, run_once, seed_once, without_server
from tests.support.risk import (
    per_currency,
    risk_in_alert,
    risk_in_dagster,
    risk_in_report,
    risk_in_summary,
    risk_in_workbook,
    risk_on_terminal,
)
from views.terminal import show_day

FIRST_DAY = LAST_DAY - timedelta(days=1)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_once(tmp_path_factory.mktemp("seeded"))


@pytest.fixture
def played(seeded: Path, tmp_path: Path) -> Iterator[Played]:
    with play(seeded, tmp_path / "box", are_rows_checked=False) as box:
        yield box


@dataclass(frozen=True)
class Ended:
    """A folder that others are copied from, and how its day ended."""

    folder: Path
    result: DayResult


@pytest.fixture(scope="module")
def waiting(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The first day ran, and then its last report came."""
    with play(seeded, tmp_path_factory.mktemp("waiting") / "box") as box:
        (path, *_) = box.reports(FIRST_DAY, "feeItems")
        aside = path.rename(box.folder / path.name)
        result = box.run(FIRST_DAY)
        aside.rename(path)
    shutil.copy(seeded / "recon.toml", box.folder)
    return Ended(box.folder, result)


@pytest.fixture(scope="module")
def first_day_proved(waiting: Ended, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It ran again: a folder that others are copied from."""
    return run_once(waiting.folder, tmp_path_factory.mktemp("begun") / "box", FIRST_DAY)


@pytest.fixture
def begun(first_day_proved: Path, tmp_path: Path) -> Iterator[Played]:
    """The first day is proved."""
    with play(first_day_proved, tmp_path / "box", are_rows_checked=False) as box:
        yield box


@pytest.fixture(scope="module")
def finished(first_day_proved: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Both days, proved; tests only look at it or run it again."""
    with play(first_day_proved, tmp_path_factory.mktemp("finished") / "box") as box:
        assert box.run(LAST_DAY).status == "proved"
        yield box


def failed_proofs(played: Played, run_id: str) -> set[str]:
    events = played.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [event.dagster_event.asset_check_evaluation_data for event in events]
    return {
        evaluation.asset_check_key.to_user_string()
        for evaluation in evaluations
        if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR
    }


def rows_behind(played: Played, run_id: str) -> set[tuple[str, str]]:
    """Why and in which file, as the failed checks of a run show it."""
    events = played.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    shown = [event.dagster_event.asset_check_evaluation_data.metadata.get("rows_behind") for event in events]
    return {
        (row.data["why"], row.data["file_id"].split("_")[0]) for table in shown if table for row in table.value.records
    }


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY])
def test_every_key_has_the_code_that_it_deserves(finished: Played, day: date) -> None:
    found = score(read_truth(finished.folder / "truth.csv"), finished.items(day), day)
    assert found.is_perfect, (found.false_breaks, found.missed)


def test_the_exports_say_that_the_day_is_proved(finished: Played) -> None:
    assert finished.exported(LAST_DAY) == {
        "breaks.csv", "breaks.parquet", "breaks.xlsx", "report.html", "tie_out.csv", "summary.json",
    }  # fmt: skip
    path = finished.settings.exports.directory / str(LAST_DAY) / "summary.json"
    assert json.loads(path.read_text())["status"] == "proved"
    assert finished.status(LAST_DAY) == ("proved", None)


def test_money_at_risk_is_the_same_wherever_one_looks(finished: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """Day report, workbook, Dagster, an alert, summary.json, terminal: one sum per currency, doubts apart."""
    folder, items = finished.settings.exports.directory / str(LAST_DAY), listed(finished.items(LAST_DAY))
    doubts = items.filter((pl.col("break_code") == "P09") | pl.col("flags").str.contains(r"\bSCALE\b"))
    expected = (per_currency(items.join(doubts, on="break_id", how="anti")), per_currency(doubts))
    assert expected[1], "the day has figures in doubt"

    capsys.readouterr()
    summary = show_day(folder)
    assert risk_in_summary(summary["money_at_risk"]) == expected
    assert risk_in_summary(summary["breaks"]["by_code"]) == expected
    assert risk_on_terminal(capsys.readouterr().out) == expected
    assert risk_in_report((folder / "report.html").read_text("utf-8")) == expected
    assert risk_in_workbook(folder / "breaks.xlsx") == expected
    assert risk_in_alert(items) == expected
    event = finished.instance.get_latest_materialization_event(dg.AssetKey(["breaks", "items"]))
    assert event is not None
    assert event.asset_materialization is not None
    shown = event.asset_materialization.metadata
    assert risk_in_dagster(shown["at_risk"]) == expected
    assert risk_in_dagster(shown["by_code"]) == expected


def test_the_next_day_after_a_restore_gives_the_same_bytes(begun: Played, finished: Played, tmp_path: Path) -> None:
    assert run_cli(["backup", "--to", str(tmp_path / "b.tar")]) == 0
    assert run_cli(["restore", "--from", str(tmp_path / "b.tar"), "--dir", str(tmp_path / "restored")]) == 0
    config = begun.folder / "recon.toml"
    text = config.read_text()
    assert 'directory = "state"' in text
    text = text.replace('directory = "state"', f'directory = "{tmp_path / "restored"}"')
    config.write_text(text.replace('directory = "exports"', f'directory = "{tmp_path / "exports"}"'))
    restored = replace(begun, settings=load_settings(config))

    assert restored.run(LAST_DAY).status == "proved"
    assert exported_bytes(restored) == exported_bytes(finished)
    assert restored.tables() == finished.tables()


def exported_bytes(played: Played) -> dict[str, bytes]:
    folder = played.settings.exports.directory / str(LAST_DAY)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_days_that_run_again_change_no_byte_and_no_table_and_leave_later_days_valid(finished: Played) -> None:
    kept, tables = finished.bytes_kept(), finished.tables()
    key = dg.AssetCheckKey(dg.AssetKey(["breaks", "items"]), "break_id_is_unique")
    records = finished.instance.event_log_storage

    def of_last_day() -> object:
        newest = records.get_latest_asset_check_execution_by_key([key], PartitionKeyFilter(key=str(LAST_DAY)))[key]
        return newest.run_id, newest.partition

    before = of_last_day()
    assert finished.run(FIRST_DAY).days_to_run_again == ()
    assert of_last_day() == before, "the checks of the newest day are its own"
    again = run_day(without_server(finished).settings, LAST_DAY, instance=finished.instance, fetch=False)
    assert (again.status, again.not_fetched) == ("proved", "as the run was asked"), "no server is asked then"
    assert of_last_day() != before
    moved = {name for name, digest in finished.tables().items() if digest != tables[name]}
    assert finished.bytes_kept() == kept
    assert moved <= {"landed.calendar"}, "of the first day: it now knows the files that came for the next one"


def test_a_missing_report_makes_the_day_incomplete_until_it_comes(
    waiting: Ended, finished: Played, tmp_path: Path
) -> None:
    result = waiting.result
    assert result.status == "incomplete"
    assert "feeItems" in str(result.reason)
    assert "F0" in str(result.reason)
    with play(waiting.folder, tmp_path / "box") as played:
        assert played.exported(FIRST_DAY) == {"report.html", "summary.json"}
        assert played.status(FIRST_DAY) == ("incomplete", result.reason)
        page = (played.settings.exports.directory / str(FIRST_DAY) / "report.html").read_text("utf-8")
    assert "Incomplete" in page
    assert "No feeItems file came" in page

    assert finished.status(FIRST_DAY) == ("proved", None)
    assert "breaks.csv" in finished.exported(FIRST_DAY)


def test_a_disproved_rerun_takes_the_older_list_away_until_the_reports_are_issued_again(begun: Played) -> None:
    """Of the two that come anew, one cannot be read, and stops the day until it is set aside."""
    before = begun.items(FIRST_DAY)
    (wrong, *_) = begun.reports(FIRST_DAY, "transactionItems")
    lines = wrong.read_text().splitlines(keepends=True)
    wrong.write_text("".join(lines[:5] + lines[6:]))  # one detail row less than the section says

    result = begun.run(FIRST_DAY)
    assert result.status == "incomplete"
    assert "F0" in str(result.reason) or DETAIL_COUNT in str(result.reason)
    assert not {name for name in begun.exported(FIRST_DAY) if name.startswith("breaks")}
    page = (begun.settings.exports.directory / str(FIRST_DAY) / "report.html").read_text("utf-8")
    assert 'class="edge does-not-tie-out"' in page
    assert "1 row left over" in page
    assert "residuals.csv" in begun.exported(FIRST_DAY)
    words = "charged in the Fee Report, and not among the transactions"
    assert rows_behind(begun, result.run_id) == {(words, "feeItems")}
    assert "parsed/transaction_detail:totals_equal_rows" in failed_proofs(begun, result.run_id)

    for path in begun.reports(FIRST_DAY, "transactionItems"):
        path.write_text(("".join(lines) if path == wrong else path.read_text()).replace("<END>\n", "\n<END>\n"))
    (unreadable, *_) = begun.reports(FIRST_DAY, "summary")
    unreadable.write_text("this is no report\n")
    result = begun.run(FIRST_DAY)
    assert result.status == "incomplete"
    assert str(result.reason).startswith(unreadable.name)

    landing_of(begun.settings).set_aside(FIRST_DAY, unreadable.name, "damaged, reported to Alipay+")
    result = begun.run(FIRST_DAY)
    assert result.status == "proved", result.reason
    after = begun.items(FIRST_DAY)
    assert after.drop("evidence").equals(before.drop("evidence"))
    evidence = " ".join(after["evidence"])
    assert '"version":2' in evidence
    assert '"version":1' not in evidence


def test_days_out_of_order_are_refused_but_their_files_are_kept(played: Played) -> None:
    result = played.run(LAST_DAY)
    assert result.status == "failed"
    assert f"{FIRST_DAY} is not proved" in str(result.reason)
    landed = played.settings.warehouse.directory / "landed"
    assert list(landed.rglob("*.csv.v1")), "the server forgets, so files land whatever happens"


def test_without_a_network_an_earlier_proof_stands(begun: Played) -> None:
    assert without_server(begun).run(FIRST_DAY).status == "failed"
    assert begun.status(FIRST_DAY)[0] == "proved"
    assert "breaks.csv" in begun.exported(FIRST_DAY)


def test_without_a_server_reports_that_were_landed_by_hand_are_enough_when_none_is_missing(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = without_server(played)
    first = offline.run(FIRST_DAY)
    assert first.status == "failed"
    assert "sftp://" in str(first.reason)
    assert played.status(FIRST_DAY)[0] == "incomplete"

    landing = landing_of(offline.settings)
    landing.land_from(played.reports_folder(FIRST_DAY))
    (landed, *_) = landing.versions(report_date(FIRST_DAY))
    landing.set_aside(FIRST_DAY, landed.name.file_name, "wrong")
    assert offline.run(FIRST_DAY).status == "failed"
    assert run_cli(["run", "--day", str(FIRST_DAY), "--no-fetch"]) == 2
    printed = capsys.readouterr().out
    assert "nothing was fetched: as the run was asked" in printed
    assert f"{landed.name.file_name} is missing" in printed

    landing.take_back(FIRST_DAY, landed.name.file_name)
    result = offline.run(FIRST_DAY)
    assert result.status == "proved", result.reason
    assert "refused" in result.not_fetched


@pytest.mark.parametrize(("away", "why"), [("no key", "neither a key"), ("no section", "no section")])
def test_what_was_landed_by_hand_is_taken_whatever_keeps_the_server_away(
    played: Played, away: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = without_server(played).settings
    if away == "no key":
        monkeypatch.delenv("RECON_SFTP_KEY")
    if away == "no section":
        settings = settings.model_copy(update={"sftp": None})
    landing_of(settings).land_from(played.reports_folder(FIRST_DAY))
    job = build_definitions(settings).resolve_job_def(JOB)
    result = job.execute_in_process(
        partition_key=FIRST_DAY.isoformat(),
        instance=played.instance,
        asset_selection=sorted(landed.keys),
    )
    assert result.success
    (shown, *_) = result.asset_materializations_for_node("landed")
    assert why in str(shown.metadata[NOT_FETCHED].value)


def test_a_scheduled_run_tries_the_network_again_before_it_gives_up(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.landed.asset.PAUSE_SECONDS", 0)
    job = build_definitions(without_server(played).settings).resolve_job_def(JOB)
    result = job.execute_in_process(partition_key=FIRST_DAY.isoformat(), instance=played.instance, raise_on_error=False)
    retries = [event for event in result.all_events if event.is_step_up_for_retry]
    assert len(retries) == RETRIES
    status, reason = played.status(FIRST_DAY)
    assert status == "incomplete"
    assert "sftp://" in str(reason)


def test_a_run_that_is_not_started_by_us_marks_the_day_as_well(played: Played) -> None:
    (path, *_) = played.reports(FIRST_DAY, "summary")
    path.unlink()
    job = build_definitions(played.settings).resolve_job_def(JOB)
    result = job.execute_in_process(partition_key=FIRST_DAY.isoformat(), instance=played.instance, raise_on_error=False)
    assert not result.success
    status, reason = played.status(FIRST_DAY)
    assert status == "incomplete"
    assert "summary" in str(reason)


def test_in_several_processes_a_failed_proof_marks_the_day_as_well(played: Played) -> None:
    (path, *_) = played.reports(FIRST_DAY, "summary")
    path.unlink()
    job = dg.build_reconstructable_job("tests.support.played", "job_in_processes")
    with (
        dg.instance_for_test() as instance,
        dg.execute_job(
            job,
            instance=instance,
            tags={"dagster/partition": FIRST_DAY.isoformat()},
        ) as result,
    ):
        assert not result.success
    status, reason = played.status(FIRST_DAY)
    assert status == "incomplete"
    assert "summary" in str(reason)


def test_the_export_alone_proves_nothing(played: Played) -> None:
    job = build_definitions(played.settings).resolve_job_def(JOB)
    result = job.execute_in_process(
        partition_key=FIRST_DAY.isoformat(),
        instance=played.instance,
        raise_on_error=False,
        asset_selection=[dg.AssetKey(["exports", "day"])],
    )
    assert not result.success
    assert played.status(FIRST_DAY)[0] == "incomplete"
    assert played.exported(FIRST_DAY) == {"report.html", "summary.json"}


def test_a_stale_orders_database_stops_the_day(played: Played) -> None:
    with sqlite3.connect(played.folder / "orders.db") as database:
        database.execute("delete from redemption where upd_tm > '2026-11-19 10:00:00'")
        database.execute("delete from void where upd_tm > '2026-11-19 10:00:00'")
    database.close()
    result = played.run(FIRST_DAY)
    assert result.status == "incomplete"
    assert "Let the replica catch up" in str(result.reason)
