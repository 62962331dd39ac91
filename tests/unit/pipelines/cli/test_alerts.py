"""`recon alerts`: what would be sent, what is sent, and whether each channel works."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.cli.alerts import notify_after
from pipelines.cli.commands import run_cli
from recon.clearing_day import clearing_day
from resources.settings import Settings, load_settings
from tests.support import ROOT
from tests.support.alerting import SECRET, MailServer, WebServer, alert_settings, servers
from tests.support.asking import item
from tests.support.published import PublishedState

Recon = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[MailServer, WebServer]]:
    addresses: dict[str, str] = {}
    with servers(addresses) as both:
        for name, value in addresses.items():
            monkeypatch.setenv(name, value)
        yield both


@pytest.fixture
def yesterday() -> date:
    return clearing_day(datetime.now(UTC)) - timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path, sent: object, yesterday: date, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """With an S1 break on the list of yesterday."""
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(tmp_path / "dagster"))
    made = alert_settings(tmp_path, dict(os.environ), "late_minutes = 14400")
    with PublishedState(made) as published:
        words = {"break_name": "PAID_STILL_INIT", "who_acts": "OPS", "what_to_do": "Store it.", "reopened_count": 0}
        published.publish(yesterday, item("A", **words))
    return made


@pytest.fixture
def recon(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Recon:
    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_cli(["alerts", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_dry_run_shows_the_message_and_to_whom_and_sends_nothing(
    recon: Recon, sent: tuple[MailServer, WebServer], yesterday: date
) -> None:
    for _ in range(2):
        code, out, _ = recon("--day", yesterday.isoformat(), "--dry-run")
        assert code == 0
        assert "1 message is due, nothing is sent" in out
        assert f"To clerks, operators: [S1] 1 break of severity S1 on {yesterday}" in out
        assert "1 x P01 PAID_STILL_INIT (Operations), 12.34 EUR at risk. Store it." in out
    assert sent[0].mails == sent[1].posted == []


def test_what_is_due_is_sent_once_and_a_failing_channel_is_named(
    recon: Recon, sent: tuple[MailServer, WebServer]
) -> None:
    mail, web = sent
    web.status = 401
    code, out, err = recon()
    assert code == 1
    assert "1 sent" in out
    assert "recon: channel operators: the other side answered 401" in err
    assert SECRET not in out + err
    subjects = [subject for subject, _ in mail.texts()]
    recon()
    assert [subject for subject, _ in mail.texts()] == subjects
    code, _, err = recon("--dry-run")
    assert "tried again at" in err


def test_each_channel_can_be_tried(recon: Recon, sent: tuple[MailServer, WebServer]) -> None:
    mail, web = sent
    web.status = 500
    code, out, err = recon("--test")
    assert (code, out, err) == (1, "clerks: sent\n", "recon: operators: the other side answered 500\n")
    assert mail.texts()[0][0] == "A test of this channel"


def test_what_each_channel_said_is_a_list_for_programs(recon: Recon, sent: tuple[MailServer, WebServer]) -> None:
    sent[1].status = 500
    code, out, _ = recon("--test", "--json")
    assert code == 1
    assert json.loads(out) == [
        {"channel": "clerks", "problem": None},
        {"channel": "operators", "problem": "the other side answered 500"},
    ]


def test_a_command_that_ends_tells_people_and_never_fails_because_of_it(
    settings: Settings, sent: tuple[MailServer, WebServer], capsys: pytest.CaptureFixture[str]
) -> None:
    mail, _ = sent
    with dg.DagsterInstance.ephemeral() as instance:
        notify_after(settings, instance)
        assert any("severity S1" in subject for subject, _ in mail.texts())
        journal = settings.warehouse.directory / "alerts" / "journal.sqlite"
        for path in journal.parent.iterdir():
            path.unlink()
        journal.write_text("damaged " * 500)
        notify_after(settings, instance)
    assert "recon: alerts: " in capsys.readouterr().err


def test_without_a_channel_nobody_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = ROOT / "config" / "recon.toml"
    (tmp_path / "recon.toml").write_text(example.read_text())
    monkeypatch.setenv("RECON_CONFIG", str(tmp_path / "recon.toml"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("RECON_DAGSTER_HOME", str(tmp_path / "dagster"))
    assert run_cli(["alerts"]) == 1
    assert "there is no [[alerts.channels]]" in capsys.readouterr().err
    with dg.DagsterInstance.ephemeral() as instance:
        notify_after(load_settings(tmp_path / "recon.toml"), instance)
    assert capsys.readouterr() == ("", "")
