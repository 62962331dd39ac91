"""A seeded directory served as a whole: files by SFTP, answers by the API, with its own recon.toml."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from recon.errors import ConfigurationError
from recon.inquiry import Amount, Answered, Finding, Question
from resources.alipayplus.api import api_of
from resources.settings import load_settings
from sandbox.alipayplus import AlipayPlus
from sandbox.api import ApiServer
from sandbox.api.ledger import write_ledger
from sandbox.faults import Faults
from sandbox.instants import moment
from sandbox.messages import PayRequest, Wallet
from sandbox.scoring import read_truth
from sandbox.seeding import seed
from sandbox.serving import SftpServer, serve
from sandbox.world import build_world
from tests.support.inquiry import answered, client_of

LAST = date(2026, 11, 20)
AFTER = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served")
    seed(path, days=1, payments=500, port=_free_port(), api_port=_free_port())
    return path


class Leave(Exception):  # noqa: N818 - it ends the serving
    """What a test raises when it has seen enough."""


def test_files_and_answers_are_served_together(directory: Path) -> None:
    unheard = read_truth(directory / "truth.csv").filter(pl.col("scenario") == "notice_lost")
    question = Question(unheard["key"][0], expected=Amount(unheard["amount_minor"][0], unheard["currency"][0]))
    settings = load_settings(directory / "recon.toml")

    def ask(server: SftpServer, api: ApiServer) -> None:
        api.at = AFTER
        assert server.port == settings.sftp.port
        with socket.create_connection((server.host, server.port), timeout=5) as connection:
            assert connection.recv(4) == b"SSH-"
        with api_of(settings) as client:
            assert answered(client, question).finding is Finding.PAID
        raise Leave

    with pytest.raises(Leave):
        serve(directory, ask)


def test_a_taken_port_of_the_api_is_reported_and_nothing_is_left_running(directory: Path) -> None:
    settings = load_settings(directory / "recon.toml")
    with ApiServer(directory, _api_port(directory)), pytest.raises(ConfigurationError, match="already in use"):
        serve(directory)
    with socket.create_server(("127.0.0.1", settings.sftp.port)):
        pass  # the SFTP server has let go of its port


def test_a_directory_of_an_older_sandbox_is_reported_to_seed_again(directory: Path, tmp_path: Path) -> None:
    text = (directory / "recon.toml").read_text()
    (tmp_path / "recon.toml").write_text(text[: text.index("[inquiry]")])
    with pytest.raises(ConfigurationError, match="sandbox seed"):
        serve(tmp_path)


@pytest.fixture
def past_and_future(tmp_path: Path) -> Iterator[ApiServer]:
    alipayplus = AlipayPlus(build_world("multi-batch"), Faults())
    for name, day in (("PAST", date(2020, 1, 2)), ("FUTURE", date(2150, 1, 2))):
        alipayplus.pay(moment(day, 12), PayRequest(name, "FR-PARIS-01", 1234, "EUR", "EUR", Wallet("TNG")))
    with write_ledger(tmp_path) as books:
        books.add_played(alipayplus)
    with ApiServer(tmp_path) as server:
        yield server


def test_answers_are_those_of_now_unless_another_instant_is_set(past_and_future: ApiServer) -> None:
    def findings() -> list[Finding]:
        with client_of(past_and_future) as client:
            outcomes = [client.ask(Question(name)) for name in ("PAST", "FUTURE")]
        return [outcome.finding for outcome in outcomes if isinstance(outcome, Answered)]

    assert findings() == [Finding.PAID, Finding.NOT_EXIST]
    past_and_future.at = datetime(2019, 1, 1, tzinfo=UTC)
    assert findings() == [Finding.NOT_EXIST, Finding.NOT_EXIST]
    past_and_future.at = datetime(2151, 1, 1, tzinfo=UTC)
    assert findings() == [Finding.PAID, Finding.PAID]


def _api_port(directory: Path) -> int:
    inquiry = load_settings(directory / "recon.toml").inquiry
    assert inquiry is not None
    return int(inquiry.base_url.rpartition(":")[2])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
