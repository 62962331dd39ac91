"""kill -9 at any point of the loop, and two processes at once: no answer is lost, no order is asked about twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from assets.inquiries.loop import ask_due
from recon.inquiry.schedule import Schedule, due_questions
from resources.journals.inquiries import InquiryJournal
from tests.support.api_tricks import TrickServer, delayed
from tests.support.asking import DAY, LEASE, MINUTE, NOW, Till, items_of, still_init
from tests.support.forked import WAIT_SECONDS, Child, ends_in, event, start
from tests.support.inquiry import client_of, write_payments

pytestmark = pytest.mark.slow
KEYS = [*(f"{number:02}" for number in range(20)), "PAID", "CLOSED", "DECLINED"]
API, JOURNAL = "resources.alipayplus.api:AlipayPlusApi", "resources.journals.inquiries:InquiryJournal"
PLACES = (  # and the how-manieth time
    ("resources.journals.group_commit:fsync_folder:before", 1),  # the file is new
    (f"{JOURNAL}.claim:before", 9),
    ("resources.journals.inquiries:insert:after", 1),  # inside a transaction
    ("resources.journals.inquiries:insert:after", 10),
    ("resources.journals.group_commit:_try:after", 9),
    (f"{JOURNAL}.claim:after", 1),  # stored, not sent
    (f"{JOURNAL}.claim:after", 9),
    (f"{API}._headers:after", 9),
    (f"{API}.ask:after", 1),  # answered, not stored
    (f"{API}.ask:after", 9),
    (f"{JOURNAL}.record:after", 1),  # stored, not used
    (f"{JOURNAL}.record:after", 9),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrickServer]:
    path = tmp_path_factory.mktemp("alipayplus")
    write_payments(path)
    with TrickServer(path) as server:
        yield server


@pytest.fixture
def server(running: TrickServer) -> Iterator[TrickServer]:
    running.program.clear()
    running.received.clear()
    yield running
    running.program.clear()


@dataclass(frozen=True)
class Run:
    """A run in a process of its own that waits before it asks; its list of questions is made by then."""

    child: Child
    may_ask: Event

    def wait_until_ready(self) -> None:
        """Its list is made."""
        assert self.child.first_line(self.child.out) == "ready"

    def let_go(self) -> None:
        """It asks now."""
        self.wait_until_ready()
        self.may_ask.set()

    def ended(self) -> tuple[int | None, list[int]]:
        """Its exit code, and how many it asked and left to others."""
        code, printed, _ = self.child.ended()
        return code, [int(word) for word in printed.removeprefix("ready\n").split()]


def ask(state: Path, keys: Path, port: int, place: str, times: int, workers: int, may_ask: Event) -> None:
    """In the process of the run: it kills itself where it is told to, the n-th time it comes there."""
    if place:
        ends_in(place, times)
    own = SimpleNamespace(own_private=keys / "api_own.pem", provider_public=keys / "api_alipayplus.pub.pem")
    server = SimpleNamespace(
        base_url=f"http://127.0.0.1:{port}", path="/aps/api/v1/payments/inquiryPayment",
        client_id="SANDBOX_5YBV2N2Z4G0000123", keys=own, tls=None,
    )  # fmt: skip
    with client_of(server, read_timeout_seconds=10) as api, InquiryJournal(state) as journal:  # type: ignore[arg-type]
        due = list(due_questions(items_of(*KEYS), journal.history(), Schedule(), DAY, NOW))
        os.write(1, b"ready\n")
        may_ask.wait(WAIT_SECONDS)
        receipt = ask_due(
            api, journal, due, current_states=still_init, worker=f"process {os.getpid()}", workers=workers,
            clock=lambda: NOW, lease=LEASE,
        )  # fmt: skip
    os.write(1, f"{receipt.asked} {receipt.taken_elsewhere}\n".encode())


@pytest.fixture
def begin(server: TrickServer, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs = list[Run]()

    def begun(place: str = "", times: int = 1, workers: int = 4) -> Run:
        may_ask, keys = event(), server.keys.own_private.parent
        given = (tmp_path, keys, server.port, place, times, workers, may_ask)
        runs.append(Run(start(ask, tmp_path / "said", *given), may_ask))
        return runs[-1]

    yield begun
    for run in runs:
        run.child.process.kill()


def counted(server: TrickServer) -> Counter[str]:
    """How often Alipay+ was asked about each id; of a killed process there may come half a question."""
    whole = [each.body for each in server.received if each.body.endswith(b"}")]
    return Counter(json.loads(body)["paymentRequestId"] for body in whole)


def resumed(server: TrickServer, state: Path) -> tuple[Till, pl.DataFrame]:
    """The next run, when the leases of the killed one are over; and what the killed one had left."""
    with client_of(server) as api:
        till = Till(state, api, items_of(*KEYS))
        left = till.journal.history()
        till.clock.move(LEASE - MINUTE)
        while_leased = {question.order_key for question in till.due()}
        under_way = set(left.filter(pl.col("outcome").is_null())["order_key"])
        assert not under_way & while_leased
        till.clock.move(MINUTE)
        till.run()
        till.journal.close()
    return till, left


@pytest.mark.parametrize(("place", "times"), PLACES)
def test_50_killed_anywhere_it_goes_on_where_it_was(
    server: TrickServer, begin: Callable[..., Run], tmp_path: Path, place: str, times: int
) -> None:
    run = begin(place, times)
    run.let_go()
    assert run.ended()[0] == -signal.SIGKILL
    till, left = resumed(server, tmp_path)
    stored = left.filter(pl.col("outcome") == "ANSWERED")
    answers = till.journal.evidence(DAY)
    assert sorted(answers["order_key"]) == sorted(KEYS)  # each has its answer
    assert dict(answers.select("order_key", "answer").iter_rows()) == {
        **dict.fromkeys(KEYS, "NOT_EXIST"), "PAID": "PAID", "CLOSED": "CLOSED", "DECLINED": "FAILED",
    }  # fmt: skip
    # What was stored is still there, and nobody asked for it again before its turn.
    assert set(stored["question_id"]) <= set(till.outcomes("question_id"))
    open_ones = left.filter(pl.col("outcome").is_null())
    assert open_ones.height <= 4
    final = ("PAID", "CLOSED", "DECLINED")
    twice = {key for key in stored["order_key"] if key not in final}  # its second turn has come
    under_way = set(open_ones["order_key"])  # not known whether it was sent: asked once more
    for key, count in counted(server).items():
        assert count in ((1, 2) if key in under_way else (1 + (key in twice),)), key
    # What was under way is known to have been interrupted, and nothing is left open.
    interrupted = till.journal.history().filter(pl.col("outcome") == "INTERRUPTED")
    assert set(interrupted["question_id"]) == set(open_ones["question_id"])
    assert till.outcomes().count(None) == 0


def test_killed_again_and_again_at_random_instants(
    server: TrickServer, begin: Callable[..., Run], tmp_path: Path
) -> None:
    server.program.always("*", delayed(0.03))
    for number in range(5):
        run = begin(workers=2)
        run.let_go()
        time.sleep(0.02 + 0.03 * number)
        run.child.process.kill()
        assert run.ended()[0] == -signal.SIGKILL
    till, left = resumed(server, tmp_path)
    with closing(sqlite3.connect(till.journal.path)) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(till.journal.evidence(DAY)["order_key"]) == sorted(KEYS)
    for row in till.journal.replies(left.filter(pl.col("outcome") == "ANSWERED")["question_id"].to_list()):
        assert json.loads(row["reply_body"])["result"]
    assert till.outcomes().count(None) == 0


@pytest.mark.parametrize("workers", [1, 4])
def test_51_two_processes_with_one_list_never_ask_about_one_order_at_once(
    server: TrickServer, begin: Callable[..., Run], workers: int
) -> None:
    server.program.always("*", delayed(0.02))
    runs = [begin(workers=workers) for _ in range(2)]
    for run in runs:
        run.wait_until_ready()
    for run in runs:
        run.let_go()
    ended = [run.ended() for run in runs]
    assert [code for code, _ in ended] == [0, 0]
    assert counted(server) == Counter(KEYS)
    asked = [counts[0] for _, counts in ended]
    assert sum(asked) == len(KEYS)
    assert all(asked), "one of them did nothing"
    assert sum(counts[1] for _, counts in ended) == len(KEYS)


def test_a_journal_whose_maker_died_at_once_is_empty_and_can_be_used(server: TrickServer, tmp_path: Path) -> None:
    journal = tmp_path / "inquiries" / "journal.sqlite"
    journal.parent.mkdir()
    with closing(sqlite3.connect(journal)) as half_made:
        half_made.execute("PRAGMA journal_mode = WAL")
    till, left = resumed(server, tmp_path)
    assert left.is_empty()
    assert till.outcomes() == ["ANSWERED"] * len(KEYS)
