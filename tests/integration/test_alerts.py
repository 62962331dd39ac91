"""Alerts reach people: a real mail server, a real web server, and what happens when one of them is not there."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest
from pydantic import SecretStr

from assets.inquiries.asset import ANSWERS
from assets.inquiries.asset import _shown as shown
from assets.inquiries.loop import LoopReceipt
from assets.inquiries.step import DayAsked
from assets.inquiries.write_answer import ROWS_SCHEMA
from assets.inquiries.write_back import WriteBackReceipt
from assets.states import clearing_days
from pipelines.cli.alerts import alert_service
from pipelines.sensors.alerts import in_words
from pipelines.sensors.inquiries import JOB as ASKING
from recon.alerts import Cause
from recon.breaks.register import MOVEMENT_SCHEMA
from recon.decisions.standing import STANDING_SCHEMA
from recon.tie_out.proof import INCOMPLETE
from resources.channels import LARGEST_FILE, AlertChannels
from resources.register import mark_day
from resources.settings import load_settings
from resources.settings.alerts import DigestSettings
from resources.storage import open_database
from resources.warehouse import replace_day, transaction
from tests.support.alerting import SECRET, MailServer, WebServer, alert_settings, causes, notify, servers, service_of
from tests.support.api_tricks import TrickServer, refusing, unsigned
from tests.support.asking import DAY, MINUTE, NOW, Clock, item
from tests.support.chat_services import ChatServices
from tests.support.forked import start
from tests.support.inquiry import write_payments
from tests.support.published import PublishedState

NEXT = DAY + timedelta(days=1)
ONE_DAY = timedelta(days=1)


def s1(key: str, **changes: Any) -> dict[str, Any]:
    """A break as a run lists it."""
    words = {"break_name": "PAID_STILL_INIT", "who_acts": "OPS", "what_to_do": "Store the result.", "reopened_count": 0}
    return item(key, **(words | changes))


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(os.environ)


@pytest.fixture
def sent(environ: dict[str, str]) -> Iterator[tuple[MailServer, WebServer]]:
    with servers(environ) as both:
        yield both


@pytest.fixture
def mail(sent: tuple[MailServer, WebServer]) -> MailServer:
    return sent[0]


@pytest.fixture
def web(sent: tuple[MailServer, WebServer]) -> WebServer:
    return sent[1]


@pytest.fixture
def published(tmp_path: Path, environ: dict[str, str], sent: object) -> Iterator[PublishedState]:
    with PublishedState(alert_settings(tmp_path, environ, "late_minutes = 14400")) as made:
        yield made


def test_one_look_opens_the_published_copy_once(published: PublishedState, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counting(file: Path, **options: Any) -> duckdb.DuckDBPyConnection:
        opened.append(file)
        return open_database(file, **options)

    published.publish(DAY, s1("A"))
    monkeypatch.setattr("resources.published.open_database", counting)
    assert notify(published).sent == 2
    assert len(opened) == 1
    notify(published)
    assert len(opened) == 2


def test_a_person_gets_what_happened_where_and_what_to_do(
    published: PublishedState, mail: MailServer, web: WebServer
) -> None:
    published.publish(DAY, s1("A"), s1("B", currency="JPY"))
    receipt = notify(published)
    assert (receipt.sent, receipt.problems) == (2, [])
    subject = "[S1] 2 breaks of severity S1 on 2026-11-20"
    text = "\n".join(
        [
            "New since the last message, 12.34 EUR, 1,234 JPY at risk:",
            "- 2 x P01 PAID_STILL_INIT (Operations), 12.34 EUR, 1,234 JPY at risk. Store the result.",
            "",
            "Do: Open the list of breaks and work from the top; each line says who acts and what to do.",
            "Report: https://reports.example.com/2026-11-20/report.html",
            "Dagster: https://dagster.example.com/assets/breaks/items?partition=2026-11-20",
            'Runbook: docs/RUNBOOK.md, "Alert: S1 breaks opened"',
        ]
    )
    assert mail.texts() == [(subject, text)]
    assert [(post["title"], post["message"], post["type"]) for post in web.posted] == [(subject, text, "warning")]


def test_one_message_over_any_number_of_runs_and_one_when_it_is_over(
    published: PublishedState, mail: MailServer
) -> None:
    for _ in range(3):
        published.publish(DAY, s1("A"))
        notify(published, MINUTE)
    published.publish(NEXT, s1("A"))
    notify(published, ONE_DAY)
    assert len(mail.mails) == 1
    published.publish(NEXT)
    for _ in range(3):
        notify(published, MINUTE)
    assert [subject for subject, _ in mail.texts()][1:] == ["Over: [S1] 1 break of severity S1 on 2026-11-20"]
    assert "It is over" in mail.texts()[1][1]


def test_an_incomplete_day_tells_its_reason_and_that_it_is_proved_later(
    published: PublishedState, mail: MailServer
) -> None:
    incomplete(published, DAY, "the fee report of AGR-CN in EUR is missing")
    notify(published)
    ((subject, text),) = mail.texts()
    assert subject == "[S2] The clearing day 2026-11-20 is incomplete"
    assert text.startswith(
        "The clearing day 2026-11-20 did not prove itself: the fee report of AGR-CN in EUR is missing"
    )
    assert "recon run --day 2026-11-20" in text
    published.publish(DAY)
    notify(published)
    assert mail.texts()[1][0] == "Over: [S2] The clearing day 2026-11-20 is incomplete"


def test_a_failed_job_is_reported_with_our_own_words_and_a_link_to_its_run(
    published: PublishedState, mail: MailServer
) -> None:
    published.publish(DAY, "A")
    run = published.ask(DAY)  # [inquiry] is there, its key is not
    assert not run.success
    notified = notify(published)
    assert Cause.JOB_FAILED in causes(notified.due)
    subject, text = next(one for one in mail.texts() if "job" in one[0])
    assert subject == "[S2] The job inquiries of 2026-11-20 failed"
    assert "RECON_INQUIRY_KEY" in text
    assert f"https://dagster.example.com/runs/{run.run_id}" in text
    assert "recon inquire --day 2026-11-20" in text
    notify(published, MINUTE)
    assert sum("job" in subject for subject, _ in mail.texts()) == 1


def test_reports_that_never_came_are_reported_before_the_server_forgets_them(
    tmp_path: Path, environ: dict[str, str], mail: MailServer
) -> None:
    with PublishedState(alert_settings(tmp_path, environ)) as published:
        assert causes(notify(published).due) == []
        notify(published, ONE_DAY)
    subjects = [subject for subject, _ in mail.texts()]
    assert [subject for subject in subjects if "about to be lost" in subject] != []
    assert all("Over" not in subject for subject in subjects)
    assert any("recon land --from" in text for _, text in mail.texts())


def test_alipayplus_refusing_us_is_reported_and_that_it_listens_again(
    tmp_path: Path, environ: dict[str, str], mail: MailServer
) -> None:
    write_payments(tmp_path)
    with TrickServer(tmp_path, at=NOW) as api, PublishedState(alert_settings(tmp_path, environ), api) as published:
        api.program.always("*", refusing("INVALID_SIGNATURE"))
        published.publish(DAY, "INIT-PAID")
        assert published.ask(DAY).success
        assert "api_refuses" in causes(notify(published).due)
        _, text = next(one for one in mail.texts() if one[0] == "[S2] Alipay+ cannot be asked")
        assert "INVALID_SIGNATURE" in text
        api.program.clear()
        published.clock.move(ONE_DAY)
        assert published.ask(DAY).success
        notify(published)
        assert "Over: [S2] Alipay+ cannot be asked" in [subject for subject, _ in mail.texts()]


def test_a_reply_that_nobody_signed_is_an_alarm_until_a_sound_one_comes(
    tmp_path: Path, environ: dict[str, str], mail: MailServer
) -> None:
    write_payments(tmp_path)
    with TrickServer(tmp_path, at=NOW) as api, PublishedState(alert_settings(tmp_path, environ), api) as published:
        api.program.always("*", unsigned)
        published.publish(DAY, s1("PAID", severity="S3"))
        published.ask(DAY)
        assert causes(notify(published).due) == ["answer_in_doubt"]
        subject, text = mail.texts()[-1]
        assert subject == "[S1] 1 answer of Alipay+ in doubt on 2026-11-20"
        assert "1 reply not signed by the key of Alipay+ that we hold. Nothing of it was used." in text
        api.program.clear()
        published.clock.move(ONE_DAY)
        published.ask(DAY)
        notify(published)
        assert f"Over: {subject}" in [each for each, _ in mail.texts()]


def test_answers_that_were_not_stored_are_reported_by_reason_until_a_run_stores_them(
    published: PublishedState, mail: MailServer
) -> None:
    refused = {"source_id": "ogloba", "order_key": "ORDER-1", "question_id": "q", "before": "INIT", "after": "INIT"}
    stores(published, [refused | {"result": "REFUSED", "reason": "the answer names another amount"}])
    notify(published)
    ((subject, text),) = mail.texts()
    assert subject == "[S2] 1 answer not stored in our orders"
    assert "- 1 in ogloba: the answer names another amount" in text
    assert "ORDER-1" not in text
    stores(published, None)  # asks, and has nothing to do with orders
    notify(published)
    stores(published, [refused | {"result": "STORED", "reason": ""}])
    notify(published)
    assert [each for each, _ in mail.texts()] == [subject, f"Over: {subject}"]


def stores(published: PublishedState, rows: list[dict[str, str]] | None) -> None:
    """A run of the job that says so of itself, as the real one does."""
    nothing, stored = pl.DataFrame(), None if rows is None else WriteBackReceipt(pl.DataFrame(rows, schema=ROWS_SCHEMA))
    asked = DayAsked(LoopReceipt(), stored, nothing, nothing)
    days = clearing_days(published.settings.participant.start_day)

    @dg.asset(key=ANSWERS.key, partitions_def=days)
    def answers() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=shown(asked))

    job = dg.define_asset_job(ASKING, [answers])
    made = dg.Definitions(assets=[answers], jobs=[job]).resolve_job_def(ASKING)
    assert made.execute_in_process(partition_key=DAY.isoformat(), instance=published.instance).success


def test_a_dead_channel_holds_nobody_up_and_gets_its_message_later(
    published: PublishedState, mail: MailServer, web: WebServer
) -> None:
    web.status = 503
    published.publish(DAY, s1("A"))
    receipt = notify(published)
    assert len(mail.mails) == 1
    assert receipt.problems == [
        "channel operators: the other side answered 503; not delivered: [S1] 1 break of severity S1 on 2026-11-20"
    ]
    assert "the other side answered 503" in warned(published)
    notify(published, MINUTE / 2)
    web.status = 200
    notify(published, MINUTE)
    notify(published, MINUTE)
    assert len(web.posted) == len(mail.mails) == 1
    assert warned(published) == ""


def test_a_channel_of_which_the_address_is_missing_or_wrong_is_named(
    published: PublishedState, mail: MailServer, environ: dict[str, str]
) -> None:
    del environ["RECON_ALERT_CHAT"]
    published.publish(DAY, s1("A"))
    (problem,) = notify(published).problems
    assert "channel operators: RECON_ALERT_CHAT: the environment variable is not set" in problem
    environ["RECON_ALERT_CHAT"] = f"carrier-pigeon://{SECRET}"
    (problem,) = notify(published, 5 * MINUTE).problems
    assert "the address in RECON_ALERT_CHAT is none that apprise knows" in problem
    assert len(mail.mails) == 1


@pytest.mark.parametrize("status", [200, 404, 500])
def test_no_secret_is_logged_kept_or_said(
    published: PublishedState,
    web: WebServer,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    web.status = status
    published.publish(DAY, s1("A"))
    said = in_words(notify(published))
    captured = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in service_of(published).journal.path.parent.iterdir())
    assert SECRET not in said + caplog.text + captured.out + captured.err
    assert SECRET.encode() not in kept


def test_a_channel_that_nobody_listens_to(tmp_path: Path, environ: dict[str, str], mail: MailServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        environ["RECON_ALERT_CHAT"] = f"json://recon:{SECRET}@127.0.0.1:{free.getsockname()[1]}/{SECRET}"
        with PublishedState(alert_settings(tmp_path, environ, "late_minutes = 14400")) as published:
            published.publish(DAY, s1("A"))
            (problem,) = notify(published).problems
    assert "cannot be reached" in problem
    assert SECRET not in problem
    assert len(mail.mails) == 1


def _send(config: Path, environ: dict[str, str]) -> None:
    """What is due, from a process of its own."""
    with dg.DagsterInstance.ephemeral() as instance:
        alert_service(load_settings(config, environ), instance, {"clock": Clock()}).notify()


def test_a_process_that_dies_right_after_sending_leads_to_one_more_message_and_no_storm(
    tmp_path: Path, environ: dict[str, str], web: WebServer
) -> None:
    with PublishedState(alert_settings(tmp_path, environ, "late_minutes = 14400")) as published:
        published.publish(DAY, s1("A"))
        child = start(_send, tmp_path / "said", tmp_path / "recon.toml", environ)
        web.on_request = lambda: child.send(signal.SIGKILL)  # the other side has the message
        code, _, said = child.ended()
        assert code == -signal.SIGKILL, said
        web.on_request = lambda: None
        assert len(web.posted) == 1
        notify(published)
        assert len(web.posted) == 1  # somebody may be sending it now
        for _ in range(10):
            notify(published, 2 * MINUTE)  # as often as the sensor looks
        assert web.titles() == ["[S1] 1 break of severity S1 on 2026-11-20"] * 2


SLACK, TEAMS = "hooks.slack.com", "prod-01.westeurope.logic.azure.com"


def test_slack_and_teams_get_it_by_the_address_that_they_show(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ["RECON_ALERT_MAIL"] = f"https://{SLACK}/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    environ["RECON_ALERT_CHAT"] = (
        f"https://{TEAMS}:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke"
        "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"
    )
    with (
        ChatServices(tmp_path, SLACK, TEAMS) as services,
        PublishedState(alert_settings(tmp_path, environ, "late_minutes = 14400")) as published,
    ):
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        for name, value in services.environ.items():
            monkeypatch.setenv(name, value)
        published.publish(DAY, s1("A", what_to_do="Ask <!channel> *now*."))
        assert notify(published).problems == []
    (first, slack), (second, teams) = services.posted
    assert (first, second) == (SLACK, TEAMS)
    (attachment,) = slack["attachments"]
    assert attachment["title"] == "[S1] 1 break of severity S1 on 2026-11-20"
    assert "\nDo: Open the list of breaks" in attachment["text"]
    assert "Ask &lt;!channel&gt; *now*." in attachment["text"]  # calls nobody by accident
    texts = [block["text"] for block in teams["attachments"][0]["content"]["body"]]
    assert texts[0] == attachment["title"]
    assert "[Report](https://reports.example.com/2026-11-20/report.html)" in texts[1]
    assert "PAID\\_STILL\\_INIT" in texts[1]
    assert "\n\nDo: Open the list" in texts[1]


def test_a_channel_gets_what_it_wants_and_nothing_else(
    tmp_path: Path, environ: dict[str, str], mail: MailServer
) -> None:
    config = alert_settings(tmp_path, environ, "late_minutes = 14400")
    clerks, _ = config.alerts.channels
    narrow = config.alerts.model_copy(
        update={
            "channels": (
                clerks.model_copy(update={"causes": (Cause.DAY_INCOMPLETE,)}),
                clerks.model_copy(update={"name": "bosses", "min_severity": "S1"}),
            )
        }
    )
    with PublishedState(config.model_copy(update={"alerts": narrow})) as published:
        published.publish(DAY, s1("A"))
        incomplete(published, NEXT, "a report is missing")
        notify(published)
        assert sorted(subject[:4] for subject, _ in mail.texts()) == ["[S1]", "[S2]"]


def test_the_sensor_tells_and_says_what_it_did(published: PublishedState, mail: MailServer) -> None:
    published.publish(DAY, s1("A"))
    assert tick(published) == "1 new message, 2 sent"
    assert tick(published) == "0 new messages, 0 sent"
    assert len(mail.mails) == 1


def test_days_of_long_ago_are_not_told_unless_somebody_asks(published: PublishedState, mail: MailServer) -> None:
    published.clock.move(30 * ONE_DAY)
    published.publish(DAY, s1("A"))
    incomplete(published, DAY - ONE_DAY, "a report is missing")
    assert causes(notify(published).due) == []
    assert causes(service_of(published).notify(DAY).due) == ["s1_opened"]
    assert causes(service_of(published).notify(DAY - ONE_DAY).due) == ["day_incomplete"]


@pytest.fixture
def teams(tmp_path: Path, environ: dict[str, str], sent: object) -> Iterator[PublishedState]:
    """Two teams with a digest each, and no other message."""
    settings = alert_settings(tmp_path, environ, "late_minutes = 14400")
    channels = [one.model_copy(update={"causes": (Cause.DAILY_DIGEST,)}) for one in settings.alerts.channels]
    digests = (
        DigestSettings(team="operations", who_acts=("OPS",), channels=("clerks", "operators")),
        DigestSettings(team="finance", who_acts=("FIN", "MER"), channels=("clerks",)),
    )
    alerts = settings.alerts.model_copy(update={"channels": tuple(channels), "digests": digests})
    with PublishedState(settings.model_copy(update={"alerts": alerts})) as published:
        yield published


def test_each_team_gets_one_digest_of_a_proved_day_by_mail_with_the_workbook(
    teams: PublishedState, mail: MailServer, web: WebServer
) -> None:
    folder = teams.settings.exports.directory / str(DAY)
    folder.mkdir(parents=True)
    (folder / "breaks.xlsx").write_bytes(b"the workbook")
    incomplete(teams, DAY, "a report is missing")
    assert notify(teams).sent == 0
    teams.publish(DAY, s1("A"), s1("B", who_acts="FIN"), s1("C", who_acts="DEV"))
    assert (notify(teams).sent, notify(teams, MINUTE).sent) == (3, 0)
    subjects = [f"Daily digest of {team} for 2026-11-20: 1 open, 0 new" for team in ("operations", "finance")]
    assert [subject for subject, _ in mail.texts()] == subjects
    assert mail.files() == [[("breaks.xlsx", b"the workbook")]] * 2
    (post,) = web.posted
    assert (post["title"], post["type"], post["attachments"]) == (subjects[0], "info", [])
    assert "Open: 1 break, 12.34 EUR at risk." in post["message"]
    assert "https://reports.example.com/2026-11-20/report.html" in post["message"]


def test_a_digest_comes_again_only_when_the_list_of_its_team_has_changed(
    teams: PublishedState, mail: MailServer
) -> None:
    teams.publish(DAY, s1("A"))
    notify(teams)
    teams.publish(DAY, s1("A"))  # a re-run that changes nothing
    assert notify(teams, MINUTE).sent == 0
    teams.publish(DAY, s1("A"), s1("B"))
    workbook = teams.settings.exports.directory / str(DAY) / "breaks.xlsx"
    workbook.parent.mkdir(parents=True)
    with workbook.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    notify(teams, MINUTE)
    assert mail.texts()[-1][0] == "Daily digest of operations for 2026-11-20: 2 open, 0 new (changed)"
    assert len(mail.mails) == 3
    assert mail.files() == [[], [], []]  # first there was no workbook, then one that no mail server takes


def test_no_digest_is_about_an_older_day_than_the_last_one_unless_somebody_asks(
    teams: PublishedState, mail: MailServer
) -> None:
    teams.publish(NEXT, s1("A"))
    notify(teams)
    teams.publish(DAY, s1("A"))
    incomplete(teams, NEXT, "a report is missing")
    assert notify(teams, MINUTE).sent == 0
    assert service_of(teams).notify(DAY).sent == 3


def test_what_was_decided_the_day_before_is_in_the_digest(teams: PublishedState, mail: MailServer) -> None:
    accepted = {
        "as_of_day": DAY, "break_id": "P/ogloba/order/B", "state": "ACCEPTED", "currency": "EUR", "amount_minor": 1234
    }  # fmt: skip
    moves = [
        {"as_of_day": DAY, "break_id": f"P/ogloba/order/{key}", "movement": movement}
        for key, movement in (("A", "NEW"), ("B", "DECIDED"))
    ]
    with teams.warehouse.connect() as connection, transaction(connection):
        replace_day(connection, "breaks.decisions", DAY, pl.DataFrame([accepted], schema=STANDING_SCHEMA))
        replace_day(connection, "breaks.movements", DAY, pl.DataFrame(moves, schema=MOVEMENT_SCHEMA))
    teams.publish(DAY, s1("A"), s1("B", state="ACCEPTED"))
    notify(teams)
    subject, text = mail.texts()[0]
    assert subject == "Daily digest of operations for 2026-11-20: 1 open, 1 new"
    assert "Decided on the list of 2026-11-19: 1 break accepted, 12.34 EUR." in text
    assert "New, or with another code: 1 break, 12.34 EUR at risk:\n- 1 x P01" in text


def test_a_digest_whose_channel_is_dead_waits_for_it_and_the_check_of_the_day_warns(
    teams: PublishedState, mail: MailServer, web: WebServer
) -> None:
    web.status = 503
    teams.publish(DAY, s1("A"))
    (problem,) = notify(teams).problems
    assert problem.startswith(
        "channel operators: the other side answered 503; not delivered: Daily digest of operations"
    )
    assert "the other side answered 503" in warned(teams)
    web.status = 200
    notify(teams, MINUTE)
    assert (len(web.posted), len(mail.mails), warned(teams)) == (1, 2, "")


class DiesAfterSending(AlertChannels):
    """The message is out, and the process ends before anybody notes it."""

    def send(self, *words: Any, **more: Any) -> str | None:
        super().send(*words, **more)
        raise KeyboardInterrupt


def test_a_process_that_dies_while_digests_are_sent_repeats_one_at_most(
    teams: PublishedState, mail: MailServer, environ: dict[str, str]
) -> None:
    teams.publish(DAY, s1("A"))
    dying = DiesAfterSending(teams.settings.alerts, lambda name: SecretStr(environ[name]))
    with pytest.raises(KeyboardInterrupt):
        replace(service_of(teams), channels=dying).notify()
    for _ in range(10):
        notify(teams, MINUTE)
    subjects = [subject for subject, _ in mail.texts()]
    finance = "Daily digest of finance for 2026-11-20: nothing is open"
    assert sorted(subjects) == [finance, *["Daily digest of operations for 2026-11-20: 1 open, 0 new"] * 2]


def incomplete(published: PublishedState, day: date, reason: str) -> None:
    with published.warehouse.connect() as connection:
        mark_day(connection, day, INCOMPLETE, reason)
    published.warehouse.publish()


def warned(published: PublishedState) -> str:
    """What the check of the channels says; empty if it passed."""
    check = published.repository.asset_checks_defs_by_key  # every check by its key
    key = dg.AssetCheckKey(dg.AssetKey(["exports", "day"]), "alerts_are_delivered")
    known = service_of(published)
    (result,) = check[key].op.compute_fn.decorated_fn(
        settings=published.settings, alert_journal=known.journal, clock=published.clock
    )
    return "" if result.passed else str(result.metadata["reason"].value)


def tick(published: PublishedState) -> str:
    """One evaluation by the daemon."""
    sensor = published.repository.get_sensor_def("alerts")
    known = published.definitions.resources or {}
    needed = {name: known[name] for name in sensor.required_resource_keys}
    with dg.build_sensor_context(
        instance=published.instance, resources=needed, repository_def=published.repository
    ) as context:
        result = sensor(context)
    assert isinstance(result, dg.SkipReason)
    return str(result.skip_message)
