"""kill -9 at any point of the loop, and two processes at once: no answer is lost, no order is asked about twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sandbox.api import ApiServer
from sandbox.api.tricks import delayed
from tests.support.asking import DAY, LEASE, MINUTE, NOW, Till, items_of
from tests.support.inquiry import client_of, write_payments

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
KEYS = [*(f"{number:02}" for number in range(20)), "PAID", "CLOSED", "DECLINED"]
# A run in a process of its own that kills itself where it is told to, the n-th time it comes there.
CHILD = """
import os, signal, sys, threading
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from resources.journals import group_commit
from resources.journals import inquiries as inquiry_journal
from resources.alipayplus.api import AlipayPlusApi
from resources.journals.inquiries import InquiryJournal
from assets.inquiries.loop import ask_due
from recon.inquiry.schedule import Schedule, due_questions
from tests.support.asking import DAY, LEASE, items_of, still_init
from tests.support.inquiry import client_of

_, state, keys, port, now, place, times, workers, *names = sys.argv
left, guard = [int(times)], threading.Lock()


def kill_in(owner, name, is_after):
    original = getattr(owner, name)

    def killed(*arguments, **named):
        result = original(*arguments, **named) if is_after else None
        with guard:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return result if is_after else original(*arguments, **named)

    setattr(owner, name, killed)


if place != "nowhere":
    where, when = place.rsplit(":", 1)
    owner, name = where.rsplit(".", 1)
    kill_in(eval(owner), name, when == "after")
folder, at = Path(keys), datetime.fromisoformat(now)
own = SimpleNamespace(own_private=folder / "api_own.pem", provider_public=folder / "api_alipayplus.pub.pem")
server = SimpleNamespace(
    base_url=f"http://127.0.0.1:{port}", path="/aps/api/v1/payments/inquiryPayment",
    client_id="SANDBOX_5YBV2N2Z4G0000123", keys=own, tls=None,
)
with client_of(server, read_timeout_seconds=10) as api, InquiryJournal(Path(state)) as journal:
    due = list(due_questions(items_of(*names), journal.history(), Schedule(), DAY, at))
    print("ready", flush=True)
    sys.stdin.readline()
    receipt = ask_due(
        api, journal, due, current_states=still_init, worker=f"process {os.getpid()}", workers=int(workers),
        clock=lambda: at, lease=LEASE,
    )
print(receipt.asked, receipt.taken_elsewhere)
"""
PLACES = (  # and the how-manieth time
    ("group_commit.fsync_folder:before", 1),  # the file is new
    ("InquiryJournal.claim:before", 9),
    ("inquiry_journal._insert:after", 1),  # inside a transaction
    ("inquiry_journal._insert:after", 10),
    ("group_commit._try:after", 9),
    ("InquiryJournal.claim:after", 1),  # stored, not sent
    ("InquiryJournal.claim:after", 9),
    ("AlipayPlusApi._headers:after", 9),
    ("AlipayPlusApi.ask:after", 1),  # answered, not stored
    ("AlipayPlusApi.ask:after", 9),
    ("InquiryJournal.record:after", 1),  # stored, not used
    ("InquiryJournal.record:after", 9),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    path = tmp_path_factory.mktemp("alipayplus")
    write_payments(path)
    with ApiServer(path) as server:
        yield server


@pytest.fixture
def server(running: ApiServer) -> Iterator[ApiServer]:
    running.program.clear()
    running.received.clear()
    yield running
    running.program.clear()


class Child:
    """A run that waits for a line before it asks; its list of questions is made by then."""

    def __init__(
        self, server: ApiServer, state: Path, place: str = "nowhere", times: int = 1, workers: int = 4
    ) -> None:
        given = [state, server.keys.own_private.parent, server.port, NOW.isoformat(), place, times, workers, *KEYS]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *map(str, given)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Its list is made."""
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def let_go(self) -> None:
        """It asks now."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, list[int]]:
        """Its exit code, and how many it asked and left to others."""
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, [int(word) for word in printed.split()]


@pytest.fixture
def start(server: ApiServer, tmp_path: Path) -> Iterator[Callable[..., Child]]:
    with ExitStack() as stack:

        def begin(**options: Any) -> Child:
            child = Child(server, tmp_path, **options)
            stack.enter_context(child.process)
            stack.callback(child.process.kill)
            return child

        yield begin


def counted(server: ApiServer) -> Counter[str]:
    """How often Alipay+ was asked about each id; of a killed process there may come half a question."""
    whole = [each.body for each in server.received if each.body.endswith(b"}")]
    return Counter(json.loads(body)["paymentRequestId"] for body in whole)


def resumed(server: ApiServer, state: Path) -> tuple[Till, pl.DataFrame]:
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
    server: ApiServer, start: Callable[..., Child], tmp_path: Path, place: str, times: int
) -> None:
    child = start(place=place, times=times)
    child.wait_until_ready()
    child.let_go()
    assert child.ended()[0] == -signal.SIGKILL
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
    under_way = set(open_ones["order_key"])  # nobody knows whether it was sent: asked once more
    for key, count in counted(server).items():
        assert count in ((1, 2) if key in under_way else (1 + (key in twice),)), key
    # What was under way is known to have been interrupted, and nothing is left open.
    interrupted = till.journal.history().filter(pl.col("outcome") == "INTERRUPTED")
    assert set(interrupted["question_id"]) == set(open_ones["question_id"])
    assert till.outcomes().count(None) == 0


def test_killed_again_and_again_at_random_instants(
    server: ApiServer, start: Callable[..., Child], tmp_path: Path
) -> None:
    server.program.always("*", delayed(0.03))
    for number in range(5):
        child = start(workers=2)
        child.wait_until_ready()
        child.let_go()
        time.sleep(0.02 + 0.03 * number)
        child.process.kill()
        assert child.ended()[0] == -signal.SIGKILL
    till, left = resumed(server, tmp_path)
    with closing(sqlite3.connect(till.journal.path)) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(till.journal.evidence(DAY)["order_key"]) == sorted(KEYS)
    for row in till.journal.replies(left.filter(pl.col("outcome") == "ANSWERED")["question_id"].to_list()):
        assert json.loads(row["reply_body"])["result"]
    assert till.outcomes().count(None) == 0


@pytest.mark.parametrize("workers", [1, 4])
def test_51_two_processes_with_one_list_never_ask_about_one_order_at_once(
    server: ApiServer, start: Callable[..., Child], workers: int
) -> None:
    server.program.always("*", delayed(0.02))
    children = [start(workers=workers) for _ in range(2)]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.let_go()
    ended = [child.ended() for child in children]
    assert [code for code, _ in ended] == [0, 0]
    assert counted(server) == Counter(KEYS)
    asked = [counts[0] for _, counts in ended]
    assert sum(asked) == len(KEYS)
    assert all(asked), "one of them did nothing"
    assert sum(counts[1] for _, counts in ended) == len(KEYS)


def test_a_journal_whose_maker_died_at_once_is_empty_and_can_be_used(server: ApiServer, tmp_path: Path) -> None:
    journal = tmp_path / "inquiries" / "journal.sqlite"
    journal.parent.mkdir()
    with closing(sqlite3.connect(journal)) as half_made:
        half_made.execute("PRAGMA journal_mode = WAL")
    till, left = resumed(server, tmp_path)
    assert left.is_empty()
    assert till.outcomes() == ["ANSWERED"] * len(KEYS)
