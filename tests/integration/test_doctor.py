"""`recon doctor` against a live SFTP server, databases and API: what is wrong is named with the line to change."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.cli.commands import run_cli
from recon.clearing_day import day_start
from recon.decisions import Kind, Person, Wanted
from resources.journals.decisions import Checked, DecisionJournal
from resources.settings import Settings, load_settings
from resources.warehouse import SCHEMA_VERSION, Warehouse
from tests.support.databases import DATABASES, new_database
from tests.support.ogloba_tables import CONFIG, OglobaTables, example_source
from tests.support.played import Played, play, seed_once
from tests.support.postgres import Postgres
from tests.support.report_sftp import report_sftp
from tests.support.sshd import Sshd, make_key, running_sshd
from tests.support.tls import make_tls_keys, tls_of
from views.doctor.api import api_findings
from views.doctor.findings import Finding, Health, is_well, ok
from views.doctor.orders import orders_findings, write_back_findings
from views.doctor.rounds import ConnectedSystem, examine
from views.doctor.sftp import sftp_findings
from views.doctor.state import state_findings

MORNING = "2026-11-21T09:00:00+08:00"
AT = datetime.fromisoformat(MORNING)
SECRET = "hunter2-is-not-shown"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_once(tmp_path_factory.mktemp("seed") / "s", payments=60, days=1, faults=False)


@pytest.fixture
def played(seeded: Path, tmp_path: Path) -> Iterator[Played]:
    with play(seeded, tmp_path / "p") as served:
        yield served


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, str]]]:
    """Exit code and findings of the command."""
    code = run_cli(["doctor", "--json", "--at", MORNING])
    return code, json.loads(capsys.readouterr().out)["findings"]


def wrong_keys(findings: list[dict[str, str]]) -> set[str]:
    return {finding["key"] for finding in findings if finding["health"] == "wrong"}


def test_a_right_configuration_is_well_and_nothing_is_asked(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["doctor", "--at", MORNING]) == 0
    printed = capsys.readouterr().out
    for name in ("sftp", "orders ogloba", "api", "state", "dagster"):
        assert re.search(rf"^{name} ", printed, re.MULTILINE)
    assert re.search(r"^\d+ checks, none wrong, \d+ to note$", printed, re.MULTILINE)
    assert (played.api.questions, list(played.api.received)) == (0, [])
    assert not (played.folder / "state").exists(), "a look makes nothing"


def edit(before: str, after: str) -> Callable[[Played], None]:
    def change(played: Played) -> None:
        config = played.folder / "recon.toml"
        text = config.read_text()
        assert before in text
        config.write_text(text.replace(before, after, 1))

    return change


def other_client_key(played: Played) -> None:
    make_key(played.folder / "other")
    (played.folder / "other").replace(played.folder / "keys" / "client_ed25519")


def other_host_key(played: Played) -> None:
    make_key(played.folder / "other")
    known = played.folder / "keys" / "known_hosts"
    names = {line.split()[0] for line in known.read_text().splitlines()}
    key = " ".join((played.folder / "other.pub").read_text().split()[:2])
    known.write_text("".join(f"{name} {key}\n" for name in names))


def own_key_as_theirs(played: Played) -> None:
    keys = played.folder / "keys"
    own, theirs = played.api.keys.own_private, played.api.keys.provider_public
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from resources.alipayplus.keys import read_private_key

    public = read_private_key(own.read_text(), "").public_key()
    (keys / theirs.name).write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (edit('host = "127.0.0.1"', 'host = "nobody.invalid"'), "sftp.host"),
        (edit('root = "/v1"', 'root = "/v2"'), "sftp.root"),
        (edit('known_hosts = "keys/', 'known_hosts = "missing/'), "sftp.known_hosts"),
        (other_host_key, "sftp.known_hosts"),
        (other_client_key, "sftp.username, sftp.private_key_env, sftp.password_env"),
        (edit('id = "1022188', 'id = "9922188'), "sftp.root, participant.id"),
        (edit('id = "2188EU0001"', 'id = "2188EU0009"'), "[[agreements]]"),
        (edit('url_env = "RECON_ORDERS_URL"', 'url_env = "RECON_NO_URL"'), "orders[0].url_env"),
        (edit('amount = "AMT"', 'amount = "AMOUNT"'), "orders[0].payments.columns"),
        (edit('naive_timezone = "UTC"', 'naive_timezone = "America/New_York"'), "orders[0].naive_timezone"),
        (edit('"S|V" = {', '"SOLD|V" = {'), "orders[0].refunds.status.map"),
        (edit('environment = "sandbox"', 'environment = "production"'),
         "inquiry.client_id, inquiry.environment, inquiry.base_url"),
        (own_key_as_theirs, "inquiry.client_id, inquiry.environment, inquiry.base_url"),
        (edit('private_key_file = "keys/', 'private_key_file = "lost/'),
         "inquiry.private_key_file or inquiry.private_key_env"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_with_the_key_to_change(
    played: Played, capsys: pytest.CaptureFixture[str], change: Callable[[Played], None], key: str
) -> None:
    change(played)
    code, findings = doctor(capsys)
    assert code == 1
    assert wrong_keys(findings) == {key}
    assert all(finding["do"] for finding in findings if finding["health"] == "wrong")
    assert {finding["system"] for finding in findings} >= {"sftp", "orders ogloba", "api", "state", "dagster"}


def test_a_broken_configuration_is_a_line_of_the_table(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    edit("[sftp]", "[sftp]\nhots = 1")(played)
    code, findings = doctor(capsys)
    assert code == 1
    assert [(finding["system"], finding["health"]) for finding in findings] == [("configuration", "wrong")]
    assert "sftp.hots" in findings[0]["found"]


def test_no_secret_is_shown(
    played: Played, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit("enabled = false", "enabled = true")(played)
    monkeypatch.setenv("RECON_SFTP_PASSWORD", SECRET)
    monkeypatch.setenv("RECON_SFTP_KEY", "")
    monkeypatch.setenv("RECON_ORDERS_URL", f"postgresql://reader:{SECRET}@127.0.0.1:9/orders")
    monkeypatch.setenv("RECON_ORDERS_WRITE_URL", f"nonsense {SECRET}")
    monkeypatch.setenv("RECON_INQUIRY_KEY", SECRET)
    for options in ([], ["--json"]):
        assert run_cli(["doctor", "--at", MORNING, *options]) == 1
        printed = "".join(capsys.readouterr())
        assert "orders[0].url_env" in printed.replace("\n", "")
        assert SECRET not in printed
        assert "PRIVATE" not in printed


# -- one system does not stop the others ------------------------------------------------------------


def test_a_silent_and_a_failing_neighbour_leave_the_others_alone() -> None:
    def silent() -> Iterator[Finding]:
        yield ok("door", "open")
        time.sleep(60)

    def failing() -> Iterator[Finding]:
        raise RuntimeError(SECRET)
        yield

    begun = time.monotonic()
    well = ConnectedSystem("well", "w", lambda: [ok("all", "fine")])
    findings = examine([ConnectedSystem("silent", "s", silent), ConnectedSystem("failing", "f", failing), well], 0.5)
    assert time.monotonic() - begun < 10
    assert [(f.system, f.check, f.health, f.key) for f in findings] == [
        ("silent", "door", Health.OK, ""),
        ("silent", "time", Health.WRONG, "s"),
        ("failing", "look", Health.WRONG, "f"),
        ("well", "all", Health.OK, ""),
    ]
    assert SECRET not in repr(findings)


# -- SFTP: a real OpenSSH server ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def sftp_settings(sshd: Sshd, folder: Path, **more: Any) -> Settings:
    """The example with this server and a state directory of its own."""
    settings = load_settings(CONFIG / "recon.toml", {})
    server = sshd.settings(**more)
    sftp = settings.sftp.model_copy(update={key: server[key] for key in ("host", "port", "username", "known_hosts")})
    return settings.model_copy(
        update={
            "sftp": sftp.model_copy(update={"root": str(folder / "root")}),
            "warehouse": settings.warehouse.model_copy(update={"directory": folder / "state"}),
        }
    )


def looked_at(settings: Settings, sshd: Sshd, at: datetime = AT) -> dict[str, Finding]:
    server = sshd.settings(attempts=1) | {"root": settings.sftp.root, "known_hosts": settings.sftp.known_hosts}
    found = examine(
        [ConnectedSystem("sftp", "sftp", lambda: sftp_findings(settings, lambda: report_sftp(**server), at))]
    )
    return {finding.check: finding for finding in found}


def put_reports(folder: Path, participant: str, *days: date, agreement: str = "AGR-1") -> None:
    for area in ("clearing", "settlement"):
        for day in days:
            (folder / "root/settlements" / area / participant / f"{day:%Y%m%d}").mkdir(parents=True)
            if area == "clearing":
                for one in {agreement, "AGR-CN"}:
                    name = f"summary_{participant}_EUR_B1_{one}_000.csv"
                    (folder / "root/settlements" / area / participant / f"{day:%Y%m%d}" / name).touch()


def test_openssh_with_reports_of_today_is_well(sshd: Sshd, tmp_path: Path) -> None:
    settings = sftp_settings(sshd, tmp_path)
    put_reports(tmp_path, settings.participant.id, date(2026, 11, 20), date(2026, 11, 21))
    found = looked_at(settings, sshd)
    assert is_well(found.values())
    assert found["newest reports"].found == "of 2026-11-21"
    assert found["retention"].health is Health.NOTE
    assert "2026-11-27" in found["retention"].found


def test_openssh_shows_what_is_late_foreign_or_nearly_lost(sshd: Sshd, tmp_path: Path) -> None:
    settings = sftp_settings(sshd, tmp_path)
    put_reports(tmp_path, settings.participant.id, date(2026, 11, 15), agreement="AGR-NEW")
    found = looked_at(settings, sshd)
    assert {check: f.key for check, f in found.items() if f.health is Health.WRONG} == {
        "newest reports": "sftp.root",
        "agreements": "[[agreements]]",
        "retention": "participant.start_day",
    }
    assert "AGR-NEW in EUR" in found["agreements"].found


def test_openssh_with_a_name_that_is_not_utf_8(sshd: Sshd, tmp_path: Path) -> None:
    settings = sftp_settings(sshd, tmp_path)
    put_reports(tmp_path, settings.participant.id, date(2026, 11, 20), date(2026, 11, 21))
    folder = tmp_path / "root/settlements/clearing" / settings.participant.id / "20261121"
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).touch()
    found = looked_at(settings, sshd)
    assert found["file names"].found.endswith(r": caf\xe9.csv")
    assert found["agreements"].health is Health.OK


def test_openssh_with_a_host_key_that_nobody_agreed_on(sshd: Sshd, tmp_path: Path) -> None:
    settings = sftp_settings(sshd, tmp_path)
    settings.sftp.known_hosts.with_name("empty").write_text("")
    unknown = settings.model_copy(
        update={"sftp": settings.sftp.model_copy(update={"known_hosts": settings.sftp.known_hosts.with_name("empty")})}
    )
    found = looked_at(unknown, sshd)
    assert found["host key"].key == "sftp.known_hosts"
    assert "SHA256:" in found["login"].found, "the shown key can be compared with the agreed one"


# -- orders: PostgreSQL and SQLite --------------------------------------------------------------------


def orders_looked_at(tables: OglobaTables, at: datetime = AT, share: float = 0, **changes: Any) -> dict[str, Finding]:
    source = example_source(refunds__may_be_empty=True, **changes)
    environ = {source.url_env: tables.url}

    def look() -> Iterator[Finding]:
        return orders_findings(source, "orders[0]", environ, at, clock, share)

    return {finding.check: finding for finding in examine([ConnectedSystem("orders", "orders[0]", look)])}


def sell(tables: OglobaTables, count: int = 25, **changes: Any) -> None:
    for number in range(count):
        moment = AT - timedelta(minutes=1 + number)
        tables.order(f"R{number}", at=moment, **({"amt": f"{number + 3}.{number:02d}"} | changes))


@pytest.mark.parametrize("database", DATABASES)
def test_orders_are_well_in_each_database(database: str, tmp_path: Path) -> None:
    tables = OglobaTables(new_database(database, tmp_path))
    sell(tables)
    found = orders_looked_at(tables)
    assert is_well(found.values())
    assert database in found["connection"].found
    assert ("clock" in found) == (database != "sqlite")
    assert found["refunds rows"].health is Health.NOTE


def test_a_unit_that_is_wrong_shows_in_the_settlement_amounts(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    sell(tables, amt="1050", settle_amt=1050, settle_cur="EUR")
    assert orders_looked_at(tables)["payments unit"].key == "orders[0].payments.amount_unit, " \
        "orders[0].payments.settlement_amount_unit"  # fmt: skip
    assert orders_looked_at(tables, payments__amount_unit="minor")["payments unit"].health is Health.OK


def test_amounts_without_any_cent_are_worth_a_word(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    sell(tables, amt="1050")
    assert orders_looked_at(tables)["payments unit"].health is Health.NOTE


def test_statuses_without_a_meaning_are_counted(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    sell(tables)
    for number in range(3):
        tables.order(f"X{number}", at=AT - timedelta(minutes=2), pay_stat="EXPIRED")
    found = orders_looked_at(tables)["payments statuses"]
    assert (found.health, found.key) == (Health.WRONG, "orders[0].payments.status.map")
    assert 'not mapped in 3 of 28 rows: "EXPIRED|Y" (3)' in found.found
    assert orders_looked_at(tables, share=0.2)["payments statuses"].health is Health.NOTE, "no run stops for it"


def test_a_replica_that_lags_and_a_zone_that_is_behind(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    tables.order("OLD", at=day_start(date(2026, 11, 21)) - timedelta(hours=1))
    assert orders_looked_at(tables)["freshness"].key == "orders[0].quiet_minutes"
    sell(tables)
    later = orders_looked_at(tables, AT + timedelta(hours=3))["zone"]
    assert (later.health, later.key) == (Health.NOTE, "orders[0].naive_timezone")
    assert "3 hours" in later.found


def test_a_database_that_refuses(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    source = example_source()
    nowhere = tables.url.replace("postgres@", f"postgres:{SECRET}@") + "_gone"
    found = list(examine([
        ConnectedSystem("orders", "o", lambda: orders_findings(source, "orders[0]", {source.url_env: nowhere}, AT,
                                                         lambda: datetime.now(UTC))),
    ]))  # fmt: skip
    assert [finding.key for finding in found] == ["orders[0].url_env"]
    assert SECRET not in repr(found)


def test_the_account_that_may_write_only_connects(server: Postgres) -> None:
    tables = OglobaTables(server.new_database())
    sell(tables, 1)
    configured = example_source().write_back
    assert configured is not None
    wanted = configured.model_copy(update={"enabled": True})
    (found,) = write_back_findings(wanted, "orders[0].write_back", {wanted.url_env: tables.url})
    assert found.health is Health.OK
    (refused,) = write_back_findings(wanted, "orders[0].write_back", {wanted.url_env: tables.url + "_gone"})
    assert refused.key == "orders[0].write_back.url_env"
    with tables.engine.connect() as connection:
        assert connection.exec_driver_sql("select pay_stat from redemption").scalars().all() == ["S"]


# -- the API ------------------------------------------------------------------------------------------


def test_the_clock_of_the_api_is_compared(played: Played) -> None:
    def fast() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)

    found = {finding.check: finding for finding in api_findings(played.settings, fast)}
    assert found["clock"].health is Health.WRONG
    assert "599 seconds ahead" in found["clock"].found or "600 seconds ahead" in found["clock"].found


def test_a_certificate_that_nobody_trusts(seeded: Path, tmp_path: Path) -> None:
    from tests.support.api_tricks import TrickServer

    with play(seeded, tmp_path / "p") as played, TrickServer(played.folder, tls=tls_of(played.folder)) as api:
        inquiry = played.settings.inquiry
        assert inquiry is not None
        base = {"base_url": api.base_url}
        trusted = base | {"ca_bundle": make_tls_keys(played.folder).authority}
        checks = {}
        for name, changes in (("strange", base), ("trusted", trusted)):
            settings = played.settings.model_copy(update={"inquiry": inquiry.model_copy(update=changes)})
            found = examine(
                [ConnectedSystem("api", "inquiry", lambda configured=settings: api_findings(configured, clock))]
            )
            checks[name] = {finding.check: finding for finding in found}
    assert checks["strange"]["connection"].key == "inquiry.base_url, inquiry.ca_bundle"
    assert is_well(checks["trusted"].values())
    assert "TLSv1" in checks["trusted"]["connection"].found


def clock() -> datetime:
    return datetime.now(UTC)


# -- the state directory ------------------------------------------------------------------------------


@pytest.fixture
def with_state(tmp_path: Path) -> Settings:
    settings = load_settings(CONFIG / "recon.toml", {})
    directory = settings.warehouse.model_copy(update={"directory": tmp_path / "state"})
    exports = settings.exports.model_copy(update={"directory": tmp_path / "exports"})
    return settings.model_copy(update={"warehouse": directory, "exports": exports})


def test_a_run_that_is_going_on_is_no_fault(with_state: Settings) -> None:
    warehouse = Warehouse(with_state.warehouse.directory)
    with warehouse.connect():
        pass
    with (warehouse.directory / ".lock").open("w") as lock:
        lock.write("process 7, run of 2026-11-20\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = {finding.check: finding for finding in state_findings(with_state)}
    assert is_well(found.values())
    assert "run of 2026-11-20" in found["lock"].found
    assert found["warehouse"].found == f"schema version {SCHEMA_VERSION}"


def test_a_warehouse_from_the_future_and_one_that_is_broken(with_state: Settings) -> None:
    warehouse = Warehouse(with_state.warehouse.directory)
    with warehouse.connect() as connection:
        connection.execute("INSERT INTO main.schema_version VALUES (?)", [SCHEMA_VERSION + 1])
    assert not is_well(state_findings(with_state))
    warehouse.file.write_bytes(b"not a database, but long enough to look at" * 400)
    with pytest.raises(duckdb.Error), duckdb.connect(str(warehouse.file)):
        pass
    assert {f.key for f in state_findings(with_state) if f.health is Health.WRONG} == {"warehouse.directory"}


def test_decisions_are_counted_and_a_journal_that_somebody_changed_is_wrong(with_state: Settings) -> None:
    with Warehouse(with_state.warehouse.directory).connect():
        pass
    wanted = Wanted("P/shop/order/1", Kind.ASSIGN, "anna")
    with closing(DecisionJournal(with_state.warehouse.directory)) as journal:
        journal.add(Person("anna", "test"), date(2026, 11, 20), AT, lambda _: [Checked(wanted, {})])
    assert {f.found for f in state_findings(with_state) if f.check == "decisions"} == {"1 decision, none changed"}
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER decisions_no_update")
        connection.execute("UPDATE decisions SET value = 'never asked'")
    assert {f.check for f in state_findings(with_state) if f.health is Health.WRONG} == {"decisions"}


def test_a_folder_that_is_a_file(with_state: Settings) -> None:
    with_state.exports.directory.write_text("")
    assert {f.key for f in state_findings(with_state) if f.health is Health.WRONG} == {"exports.directory"}


# -- the first real file, beside live orders ---------------------------------------------------------


def test_the_column_with_our_ids_is_found_in_the_orders(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing in the name of the column tells that it holds our ids."""
    (file, *_) = played.reports(date(2026, 11, 20), "transactionItems")
    file.write_text(file.read_text().replace("transactionRequestId", "extRef").replace("TransactionRequestId", "Foo"))
    assert run_cli(["doctor", "--first-file", str(file), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    best = {match["ours"]: match["column"] for match in reversed(found["known_ids"])}
    assert best["payment_request_id"] == "extRef"
    assert best["provider_payment_id"] == "transactionId"
    assert 'request_id = ["extRef"]' in found["configuration"]
    assert found["doubts"] == ["Our ids are in the column 'extRef', which is not configured as request_id"]


def test_orders_that_do_not_answer_do_not_keep_the_file_from_being_read(
    played: Played, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECON_ORDERS_URL", f"postgresql://reader:{SECRET}@127.0.0.1:9/orders")
    (file, *_) = played.reports(date(2026, 11, 20), "transactionItems")
    assert run_cli(["doctor", "--first-file", str(file)]) == 0
    printed = "".join(capsys.readouterr())
    assert "The file reads as configured" in printed
    assert SECRET not in printed


def test_an_alert_channel_without_its_address_is_reported(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    with (played.folder / "recon.toml").open("a") as config:
        config.write('\n[[alerts.channels]]\nname = "mail"\nurl_env = "RECON_NO_MAIL"\n')
    code, findings = doctor(capsys)
    assert (code, wrong_keys(findings)) == (1, {"alerts.channels[0].url_env"})
