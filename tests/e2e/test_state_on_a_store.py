"""Days of a machine whose state is on an object store too: another machine goes on from it, and what fails is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assets.exports.step import SUMMARY
from pipelines import several_days
from pipelines.assembly import build_definitions
from pipelines.clearing_day import JOB
from pipelines.cli.alerts import alert_service
from pipelines.cli.changing import command_changes_state
from pipelines.cli.commands import app, run_cli
from pipelines.cli.doctor import impatient
from pipelines.kept_state import changing_state, open_store, push, store_again, why_not_stored
from pipelines.sensors.alerts import Receipt
from pipelines.sensors.inquiries import JOB as ASKING
from recon.clearing_day import as_of
from recon.errors import ReconError, StoreError
from resources.settings import Settings, load_settings
from resources.settings.storage import Storage
from resources.state_lock import StateLock
from resources.state_store.objects import Bucket
from resources.state_store.record import read_record, write_record
from sandbox.answers import asked_at
from tests.support.alerting import servers
from tests.support.forked import start
from tests.support.listed import item, listed_folder
from tests.support.played import LAST_DAY, WORKER_OF_MET_ROWS, Driven, Played, drive, drive_once, play, seed_once
from tests.support.s3 import S3Server, answering, s3_server, with_keys
from views.doctor.findings import Finding, Health
from views.doctor.rounds import ConnectedSystem, examine
from views.doctor.storage import storage_findings

FIRST = LAST_DAY - timedelta(days=1)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server, with_keys():
        yield server


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_once(tmp_path_factory.mktemp("seeded"))


def stored_at(settings: Settings, storage: Storage) -> Settings:
    changed = settings.model_copy(update={"storage": storage})
    changed._environ = settings._environ
    return changed


def run_stored(box: Driven, storage: Storage, day_is_first: bool) -> None:
    """A day between taking the state and storing it, as `run_day` does it."""
    day = FIRST if day_is_first else LAST_DAY
    store = open_store(stored_at(box.settings, storage))
    assert store is not None
    store.begin(day)
    assert not box.run(day).reason
    assert push(store) == ""


def exported(box: Driven) -> dict[str, bytes]:
    folder = box.settings.exports.directory / str(LAST_DAY)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_next_day_is_the_same_on_another_machine(server: S3Server, seeded: Path, tmp_path: Path) -> None:
    storage = server.storage("days")
    with drive(seeded, tmp_path / "a", are_rows_checked=False) as box:
        run_stored(box, storage, day_is_first=True)
        assert not box.run(LAST_DAY).reason
        expected, tables = exported(box), box.tables()
    with drive(seeded, tmp_path / "b", are_rows_checked=False) as box:
        run_stored(box, storage, day_is_first=False)
        assert exported(box) == expected
        assert box.tables() == tables
        assert SUMMARY in expected
        manifest = open_store(stored_at(box.settings, storage)).manifest(2)  # type: ignore[union-attr]
    stored = server.objects("days/")
    for day in (FIRST, LAST_DAY):
        assert f"{day}/breaks.csv" in manifest.exports
    assert {name: stored[f"days/{manifest.exports[f'{LAST_DAY}/{name}'].key}"] for name in expected} == expected


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_days_with_two_workers_are_stored_once_after_the_last_one(
    server: S3Server, seeded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several_days, "WORKER", WORKER_OF_MET_ROWS)
    storage = server.storage("workers")
    with play(seeded, tmp_path / "box") as played:
        box = with_storage(played, storage)
        words = ["run", "--from", str(FIRST), "--to", str(LAST_DAY), "--workers", "2", "--json"]
        assert run_cli(words) == 0, capsys.readouterr()
        store = open_store(box.settings)
        assert store is not None
        assert store.newest() == 1
        stored = store.manifest(1).exports
        assert {f"{day}/breaks.csv" for day in (FIRST, LAST_DAY)} <= set(stored)
        assert read_record(box.settings.warehouse.directory, storage.url).days == ()  # type: ignore[union-attr]


@pytest.fixture
def empty(seeded: Path, tmp_path: Path) -> Iterator[Played]:
    """Nothing comes, so that each day is incomplete at once; the state is stored all the same."""
    with play(seeded, tmp_path / "box") as box:
        for file in (box.folder / "sftp").rglob("*.csv"):
            file.unlink()
        yield box


def with_storage(box: Played, storage: Storage) -> Played:
    """Also for commands, which read the file."""
    lines = [f'url = "{storage.url}"', f'endpoint_url = "{storage.endpoint_url}"', 'region = "us-east-1"']
    file = box.folder / "recon.toml"
    text = file.read_text().partition("\n[storage]")[0]
    file.write_text("\n".join([text, "[storage]", *lines, f"attempts = {storage.attempts}", ""]))
    return replace(box, settings=load_settings(file))


def test_what_a_run_left_is_stored_and_what_was_not_is_stored_by_the_next_one(
    server: S3Server, empty: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = server.storage("runs", attempts=1)
    box = with_storage(empty, storage)
    result = box.run(FIRST)
    assert (result.status, result.not_stored) == ("incomplete", "")
    store = open_store(box.settings)
    assert store is not None
    assert store.newest() == 1
    assert f"{FIRST}/{SUMMARY}" in store.manifest(1).exports

    with pytest.MonkeyPatch.context() as patch, answering(503, "SlowDown") as address:
        away = with_storage(empty, storage.model_copy(update={"endpoint_url": address}))
        with pytest.raises(StoreError, match="asks us to slow down"):
            away.run(FIRST)
        assert run_cli(["run", "--day", str(FIRST)]) == 1
        said = capsys.readouterr()
        assert said.err.startswith("recon: s3://states/runs/manifests/: the object store asks us to slow down")
        assert said.err.count("\n") == 1
        patch.setattr("resources.state_store.store.StateStore.begin", lambda *_: None)
        result = away.run(FIRST)
    assert result.status == "incomplete"
    assert "slow down" in result.not_stored
    assert "slow down" in why_not_stored(box.settings)
    assert with_storage(empty, storage).run(FIRST).not_stored == ""
    assert why_not_stored(box.settings) == ""


def test_a_run_of_the_services_stores_too(server: S3Server, empty: Played) -> None:
    box = with_storage(empty, server.storage("services"))
    job = build_definitions(box.settings).resolve_job_def(JOB)
    run = job.execute_in_process(partition_key=str(FIRST), instance=box.instance, raise_on_error=False)
    assert not run.success
    store = open_store(box.settings)
    assert store is not None
    assert f"{FIRST}/{SUMMARY}" in store.manifest(store.newest()).exports


def test_alerts_say_it_and_wait_for_a_state(server: S3Server, empty: Played) -> None:
    section = '\n[alerts]\n[[alerts.channels]]\nname = "clerks"\nurl_env = "RECON_ALERT"\n'
    (empty.folder / "recon.toml").write_text((empty.folder / "recon.toml").read_text() + section)
    box = with_storage(empty, server.storage("alerts"))
    service = alert_service(box.settings, box.instance, {"clock": lambda: as_of(FIRST, timedelta(hours=1))})
    assert service.notify().problems == ["the state is not here yet: the next run takes it from the object store"]
    assert not box.settings.warehouse.directory.exists(), "a journal of alerts would be a state"
    (box.settings.warehouse.directory / "orders").mkdir(parents=True)
    (box.settings.warehouse.directory / "orders" / "one.parquet").write_text("rows")
    store = open_store(box.settings)
    assert store is not None
    for problem in ("the object store does not answer", ""):
        store.note_problem(problem)
        titles = [message.title for message in service.due(Receipt())]
        assert ("[S2] The state is not in the object store" in titles) is bool(problem)


OTHERS = {  # change no state, or another one
    "breaks", "days", "trail", "init", "doctor", "backup", "restore", "prune", "backtest", "score",
}  # fmt: skip
CHAT = '\n[alerts]\n[[alerts.channels]]\nname = "clerks"\nurl_env = "RECON_ALERT_CHAT"\n'


@pytest.fixture(scope="module")
def first_day_proved(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drive_once(seeded, tmp_path_factory.mktemp("begun") / "box", FIRST)


@pytest.fixture
def listed(first_day_proved: Path, tmp_path: Path) -> Iterator[Played]:
    """A day is proved, its list is published, and nothing is in the store."""
    with play(first_day_proved, tmp_path / "box", are_rows_checked=False) as box:
        box.api.at = asked_at(FIRST)
        yield box


def commands_that_change(box: Played) -> dict[str, list[list[str]]]:
    """By their names; the break can be claimed, the report is one that landed."""
    breaks = box.items(FIRST)
    claimable = [
        row["break_id"] for row in breaks.iter_rows(named=True) if row["who_acts"] == "A+" and row["state"] == "OPEN"
    ]
    report = next((box.settings.warehouse.directory / "landed").rglob("*.csv.v1")).name.removesuffix(".v1")
    day, last = str(FIRST), str(LAST_DAY)
    return {
        "land": [["land", "--day", last]],
        "set-aside": [["set-aside", "--day", day, report, *more] for more in (["--because", "a test"], ["--back"])],
        "decide": [["decide", breaks["break_id"][0], "--assign", "anna"]],
        "claim": [["claim", claimable[0]]],
        "export": [["export", "--day", day, "--format", "csv"]],
        "inquire": [["inquire", "--day", day]],
        "alerts": [["alerts", "--day", day]],
        "run": [["run", "--day", day]],
    }  # fmt: skip


def is_stored(box: Played) -> int:
    """The number of the newest stored state; the one on the disk is the same."""
    store = open_store(box.settings)
    assert store is not None
    newest = store.newest()
    assert store.push().number == newest
    return newest


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_every_command_that_changes_the_state_stores_it(
    server: S3Server, listed: Played, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers({}) as (_, web):
        monkeypatch.setenv("RECON_ALERT_CHAT", web.address)
        config = listed.folder / "recon.toml"
        config.write_text(config.read_text() + CHAT)
        box = with_storage(listed, server.storage("commands"))
        changing = commands_that_change(box)
        assert {one.name or one.callback.__name__ for one in app.registered_commands if one.callback} == {
            *changing,
            *OTHERS,
        }
        number = 0
        for name, lines in changing.items():
            for words in lines:
                assert run_cli(words) == 0, (words, capsys.readouterr())
                number, before = is_stored(box), number
                assert number > before, f"{name} changes something"
        assert {name.split("/")[1] for name in open_store(box.settings).manifest(number).exports} >= {"breaks.csv"}  # type: ignore[union-attr]


@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_questions_of_the_services_are_stored_too(
    server: S3Server, listed: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if nothing came of them, so that no other run stores them; none is put if it is unknown who has the newest
    state.
    """
    monkeypatch.setattr("assets.inquiries.asset.PAUSE_SECONDS", 0)
    box = with_storage(listed, server.storage("questions"))
    job = build_definitions(box.settings).resolve_job_def(ASKING)
    with server.refusing("GET"):
        run = job.execute_in_process(partition_key=str(FIRST), instance=box.instance, raise_on_error=False)
        assert not run.success
        assert box.api.questions == 0
    assert job.execute_in_process(partition_key=str(FIRST), instance=box.instance).success
    assert box.api.questions > 0
    assert is_stored(box) == 1


def test_a_command_whose_change_is_not_stored_says_so(
    server: S3Server, listed: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    box = with_storage(listed, server.storage("denied", attempts=1))
    for name in ("decide", "set-aside", "export"):
        words = commands_that_change(box)[name][0]
        with server.refusing("PUT"):
            assert run_cli(words) == 1
        said = capsys.readouterr()
        assert said.out, "it shows what it did"
        assert said.err.startswith("recon: The state is not in the object store: s3://states/denied/")
        assert said.err.count("\n") == 1
        assert "refuses us" in why_not_stored(box.settings)
    assert run_cli(commands_that_change(box)["set-aside"][1]) == 0
    assert is_stored(box) == 1, "all that was left is stored by the next one"


def test_no_command_changes_a_state_that_another_machine_has_gone_beyond(
    server: S3Server, listed: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = server.storage("gone-beyond")
    box = with_storage(listed, storage)
    store = open_store(box.settings)
    assert store is not None
    store.begin()
    store.push()
    record = read_record(box.settings.warehouse.directory, storage.url)
    assert record is not None
    write_record(box.settings.warehouse.directory, replace(record, number=0, sha256=""))
    before = box.bytes_kept(), box.tables()
    for name, (words, *_) in commands_that_change(box).items():
        if name == "alerts":  # people are told all the same
            continue
        assert run_cli(words) == 1
        assert "another machine has stored state 1, this one has state 0" in capsys.readouterr().err, name
    assert (box.bytes_kept(), box.tables()) == before
    assert box.api.questions == 0


def test_what_cannot_be_stored_while_another_run_goes_on_is_stored_by_that_one(
    server: S3Server, empty: Played, tmp_path: Path
) -> None:
    box = with_storage(empty, server.storage("busy"))
    directory = box.settings.warehouse.directory
    patient = box.settings.warehouse.model_copy(update={"lock_wait_seconds": 0})
    impatient = stored_at(box.settings.model_copy(update={"warehouse": patient}), server.storage("busy"))
    with changing_state(impatient, "questions", alone=False) as stored:
        (directory / "orders").mkdir(parents=True)
        (directory / "orders" / "one.parquet").write_text("rows")
        holder = start(hold, tmp_path / "said", directory)
        assert holder.first_line(holder.out) == "held"
    assert "another run holds the state directory" in stored.problem
    holder.send(signal.SIGKILL)
    holder.ended()
    assert store_again(impatient, "alerts").problem == ""
    assert is_stored(box) == 1


def hold(directory: Path) -> None:
    """In a process of its own."""
    with StateLock(directory, 0).held("a run"):
        os.write(1, b"held\n")
        time.sleep(600)


def test_an_error_of_a_command_keeps_what_it_had_changed(server: S3Server, empty: Played) -> None:
    box = with_storage(empty, server.storage("error"))

    def land_one_of_two() -> None:
        with command_changes_state(box.settings, "landing reports"):
            (box.settings.warehouse.directory / "landed").mkdir(parents=True)
            (box.settings.warehouse.directory / "landed" / "first").write_text("rows")
            raise ReconError("the second file")

    with pytest.raises(ReconError, match="the second file"):
        land_one_of_two()
    assert is_stored(box) == 1


@pytest.mark.slow
def test_a_machine_without_a_state_writes_past_exports_again(
    server: S3Server, listed: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that were stored come with the state; others are made of it, with the same bytes."""
    box = with_storage(listed, server.storage("exports"))
    assert run_cli(["export", "--day", str(FIRST)]) == 0
    folder = box.settings.exports.directory / str(FIRST)
    expected = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"breaks.xlsx", "report.html", SUMMARY} <= set(expected)
    for left in (box.settings.exports.directory, box.settings.warehouse.directory):
        shutil.rmtree(left)
    assert run_cli(["export", "--day", str(FIRST)]) == 0
    assert "identical to what was there" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == expected
    shutil.rmtree(folder)
    assert run_cli(["export", "--day", str(FIRST)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == expected


def test_what_people_decide_is_stored_at_once(
    server: S3Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = server.storage("decisions")
    lines = [f'url = "{storage.url}"', f'endpoint_url = "{storage.endpoint_url}"', 'region = "us-east-1"']
    config = listed_folder(tmp_path / "box", [item("A")], "\n".join(["\n[storage]", *lines, ""]))
    assert run_cli(["decide", "P/ogloba/order/A", "--assign", "anna", "--config", str(config)]) == 0
    assert run_cli(["restore", "--from", storage.url, "--dir", str(tmp_path / "b"), "--config", str(config)]) == 0
    assert "1 decision in it, none changed" in capsys.readouterr().out


def test_the_doctor_looks_at_the_store(server: S3Server, empty: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(storage: Storage) -> dict[str, Finding]:
        settings = with_storage(empty, storage).settings
        system = ConnectedSystem("store", "storage", lambda: storage_findings(lambda: open_store(impatient(settings))))
        return {finding.check: finding for finding in examine([system])}

    storage = server.storage("doctor", attempts=5)
    before = found(storage)
    assert {name: one.health for name, one in before.items()} == dict.fromkeys(
        ("list", "write once", "this state"), Health.OK
    )
    assert before["this state"].found == "the first run stores it"
    store = open_store(with_storage(empty, storage).settings)
    assert store is not None
    store.begin()
    (empty.settings.warehouse.directory / "orders").mkdir(parents=True)
    (empty.settings.warehouse.directory / "orders" / "one.parquet").write_text("rows")
    store.push()
    assert "1 file, 4 bytes" in found(storage)["newest state"].found
    assert found(storage)["this state"].found == "it comes from state 1"
    store.note_problem("it was away")
    assert found(storage)["this state"].health is Health.NOTE
    record = read_record(empty.settings.warehouse.directory, storage.url)
    assert record is not None
    write_record(empty.settings.warehouse.directory, replace(record, number=0, sha256=""))
    assert found(storage)["this state"].found == "another machine has stored state 1, this one has state 0"
    with answering(403, "AccessDenied") as address:
        (denied,) = found(storage.model_copy(update={"endpoint_url": address})).values()
        assert (denied.check, denied.health) == ("list", Health.WRONG)
    write_new = Bucket.write_new

    def writing_over(bucket: Bucket, key: str, content: bytes, *rest: object) -> bool:
        write_new(bucket, key, content, *rest)  # type: ignore[arg-type]
        return True

    monkeypatch.setattr(Bucket, "write_new", writing_over)
    assert found(storage)["write once"].health is Health.WRONG


def test_commands_of_a_person(
    server: S3Server, empty: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_storage(empty, server.storage("configured"))
    url = "s3://states/by-hand"
    assert run_cli(["land", "--day", str(FIRST), "--from", str(empty.folder)]) in (0, 1)
    (empty.settings.warehouse.directory / "orders").mkdir(parents=True, exist_ok=True)
    (empty.settings.warehouse.directory / "orders" / "one.parquet").write_text("rows")
    capsys.readouterr()
    for _ in range(2):
        assert run_cli(["backup", "--to", url]) == 0
        assert f"{url}, state 1: " in capsys.readouterr().out
    new = tmp_path / "new"
    assert run_cli(["restore", "--from", url, "--manifest", "1", "--dir", str(new)]) == 0
    assert "every one as it was at" in capsys.readouterr().out
    assert (new / "orders" / "one.parquet").read_text() == "rows"
    assert run_cli(["restore", "--from", url, "--manifest", "7", "--dir", str(tmp_path / "no")]) == 1
    assert "there is no stored state 7. Choose one from 1 to 1" in capsys.readouterr().err
    server.spoil(f"by-hand/objects/{'0' * 64}", b"left by a run that was killed")
    server.grow_older("by-hand/", 15)
    for words, said in ((["--dry-run"], "would go"), ([], "deleted")):
        assert run_cli(["prune", "--from", url, *words]) == 0
        out = capsys.readouterr().out
        assert f"object  objects/{'0' * 64}, 15 days old" in out
        assert f"{url}: 0 states, 1 object and 0 unfinished uploads {said}, 29 bytes" in out
        assert "Kept: 1 state, from 1 to 1" in out
    assert run_cli(["prune", "--from", url, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == []
    assert run_cli(["prune"]) == 0, "of [storage]"
    assert "0 states, 0 objects" in capsys.readouterr().out
    assert run_cli(["restore", "--from", "s3://states/nothing", "--dir", str(tmp_path / "no")]) == 1
    assert "there is no stored state. Check the URL, or run a day first" in capsys.readouterr().err
    assert not any((tmp_path / "no").iterdir())
    assert run_cli(["restore", "--from", "s3://", "--dir", str(tmp_path / "no")]) == 1
    assert "is not the URL of a bucket" in capsys.readouterr().err
    assert run_cli(["restore", "--from", "b.tar", "--manifest", "7", "--dir", str(tmp_path / "no")]) == 1
    assert "only an object store has several states" in capsys.readouterr().err
