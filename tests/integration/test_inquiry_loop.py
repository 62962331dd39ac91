"""The loop over a real connection: what is asked, when again, what is kept, and what makes it stop."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.inquiries.loop import GIVE_UP_AFTER, UNREACHABLE, ask_due, states_now
from recon.inquiry import Answered, Finding, Outcome, Result
from recon.inquiry.evidence import Exchange
from recon.inquiry.schedule import AFTER_NOT_SENT, DueQuestion
from resources.alipayplus.api import AlipayPlusApi
from resources.alipayplus.pace import Pace
from resources.journals.group_commit import JournalError
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.db import OrdersDb
from tests.support.api_tricks import (
    Trick,
    TrickServer,
    both,
    cut_before_reply,
    delayed,
    http_status,
    new_key,
    refusing,
    reply_about,
    saying,
    sending,
    signed_with,
    telling,
    throttled,
    unsigned,
)
from tests.support.asking import DAY, LEASE, MINUTE, NOW, Clock, Till, item, items_of, still_init
from tests.support.inquiry import client_of, write_payments
from tests.support.ogloba_tables import URL_VARIABLE, example_source, sqlite_tables
from tests.support.tls import tls_of

IN_PROCESS = saying("PAYMENT_IN_PROCESS", "U")
UNKNOWN_ORDER = refusing("ORDER_NOT_EXIST")
DAYS = timedelta(days=1)
WAITS = (timedelta(), 5 * MINUTE, 60 * MINUTE, DAYS, DAYS, DAYS, DAYS, DAYS)


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
    running.most_per_second = None


@pytest.fixture
def api(server: TrickServer) -> Iterator[AlipayPlusApi]:
    with client_of(server) as client:
        yield client


@pytest.fixture
def till_of(api: AlipayPlusApi, tmp_path: Path) -> Iterator[Callable[..., Till]]:
    made: list[Till] = []

    def make(*rows: dict[str, Any] | str, **changes: Any) -> Till:
        till = Till(tmp_path / "state", changes.pop("api", api), items_of(*rows), **changes)
        made.append(till)
        return till

    yield make
    for till in made:
        till.journal.close()


def sent(server: TrickServer) -> list[str]:
    """The ids that Alipay+ was asked about."""
    return [next(iter(json.loads(each.body).values())) for each in server.received]


def answers(till: Till) -> dict[str, tuple[str, int, bool]]:
    """Order -> what is known, after how many questions, and whether more are planned."""
    found = till.journal.evidence(DAY).select("order_key", "answer", "asked_count", "is_planned")
    return {key: (answer, count, planned) for key, answer, count, planned in found.iter_rows()}


# -- asking --------------------------------------------------------------------------------------


def test_an_answer_about_another_payment_is_never_taken_for_ours(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    """Signed by Alipay+, our reference, our amount, and yet the payment of somebody else."""
    theirs = {"currency": "EUR", "value": "999"}
    server.program.always("PAID", telling(paymentId="SOMEBODY-ELSE"))
    server.program.always("CLOSED", telling(paymentAmount=theirs))
    server.program.always("DECLINED", reply_about("PAID"))
    till = till_of(item("PAID", provider_transaction_id="T-1"), "CLOSED", "DECLINED")
    till.run()
    assert {answer for answer, _, _ in answers(till).values()} == {"REVIEW"}
    assert set(till.outcomes("differences")) == {
        "paymentId differs", "paymentAmount.value differs", "paymentRequestId differs"
    }  # fmt: skip


BEYOND = b'{"result":{"resultStatus":"S"},"rate":1E+99999999999999999999}'  # no decimal number goes that far


@pytest.mark.parametrize(
    ("trick", "outcome"),
    [
        (sending(BEYOND), "MALFORMED"),
        (both(sending(BEYOND), unsigned), "UNAUTHENTICATED"),
        (http_status(502, BEYOND), "OUTCOME_UNKNOWN"),
    ],
)
def test_a_reply_that_no_program_can_read_does_not_keep_the_others_from_being_asked(
    server: TrickServer, till_of: Callable[..., Till], trick: Trick, outcome: str
) -> None:
    server.program.always("PAID", trick)
    till = till_of("PAID", "CLOSED")
    assert till.run().by_outcome == {"CLOSED": 1, outcome: 1}


def test_each_finding_becomes_evidence(till_of: Callable[..., Till]) -> None:
    keys = ("PAID", "CLOSED", "DECLINED", "WAITS", "NEVER-SEEN")
    till = till_of(*keys, item("PAID-2", payment_request_id="PAID-2"))
    receipt = till.run()
    assert (receipt.asked, receipt.answered, receipt.skipped, receipt.stopped) == (6, 6, 0, "")
    assert receipt.by_outcome == {
        "CLOSED": 1, "FAILED": 1, "IN_PROCESS": 1, "NOT_EXIST": 1, "PAID": 1, "REVIEW": 1,
    }  # fmt: skip
    assert 0 <= receipt.latency_ms["p50"] <= receipt.latency_ms["p95"] <= receipt.latency_ms["max"]
    assert answers(till) == {
        "PAID": ("PAID", 1, False),
        "PAID-2": ("REVIEW", 1, False),  # 9.99, not the 12.34 of our order
        "CLOSED": ("CLOSED", 1, False),
        "DECLINED": ("FAILED", 1, False),
        "WAITS": ("IN_PROCESS", 1, True),
        "NEVER-SEEN": ("NOT_EXIST", 1, True),
    }
    (paid,) = till.journal.evidence(DAY).filter(pl.col("order_key") == "PAID").iter_rows(named=True)
    assert (paid["amount_minor"], paid["currency"]) == (1234, "EUR")
    assert paid["provider_payment_id"]
    assert paid["paid_at"].isoformat() == "2026-11-20T04:00:02"
    assert paid["result_code"] == "SUCCESS"
    review = till.journal.evidence(DAY).filter(pl.col("order_key") == "PAID-2")
    assert review["differences"].item() == "paymentAmount.value differs"


def test_the_most_urgent_are_asked_first_and_the_budget_is_kept(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    till = till_of(
        item("WAITS", severity="S3"), item("PAID", amount_at_risk_minor=1), item("CLOSED", amount_at_risk_minor=9),
        per_run=2,
    )  # fmt: skip
    till.run(workers=1)
    assert sent(server) == ["CLOSED", "PAID"]
    till.run(workers=1)
    assert sent(server) == ["CLOSED", "PAID", "WAITS"]


def test_what_is_answered_is_not_asked_again(server: TrickServer, till_of: Callable[..., Till]) -> None:
    till = till_of("PAID", "CLOSED", "DECLINED")
    till.run()
    till.clock.move(400 * DAYS)
    assert till.run(by_hand=True).asked == 0
    assert len(sent(server)) == 3


# -- again, and when it ends (44 to 47) -----------------------------------------------------------


def test_44_asked_until_the_result_is_there(server: TrickServer, till_of: Callable[..., Till]) -> None:
    server.program.play("PAID", IN_PROCESS, refusing("UNKNOWN_EXCEPTION", "U"), IN_PROCESS)
    till = till_of("PAID")
    found = []
    for wait in WAITS[:4]:
        till.clock.move(wait)
        till.run()
        found.append(answers(till)["PAID"])
    assert found == [("IN_PROCESS", 1, True), ("IN_PROCESS", 2, True), ("IN_PROCESS", 3, True), ("PAID", 4, False)]


def test_46_an_order_that_alipayplus_comes_to_know(server: TrickServer, till_of: Callable[..., Till]) -> None:
    server.program.play("PAID", UNKNOWN_ORDER)
    till = till_of("PAID")
    till.run()
    assert answers(till) == {"PAID": ("NOT_EXIST", 1, True)}
    till.clock.move(5 * MINUTE)
    till.run()
    assert answers(till) == {"PAID": ("PAID", 2, False)}


@pytest.mark.parametrize(
    ("trick", "answer"),
    [
        (IN_PROCESS, "IN_PROCESS"),
        (UNKNOWN_ORDER, "NOT_EXIST"),
        (refusing("UNKNOWN_EXCEPTION", "U"), "NONE"),
        (cut_before_reply, "NONE"),
        (unsigned, "NONE"),
        (refusing("PROCESS_FAIL"), "NONE"),
        (sending(b"<html>"), "NONE"),
    ],
)
def test_45_47_without_a_result_it_never_becomes_a_failure_and_a_person_acts(
    server: TrickServer, till_of: Callable[..., Till], trick: Any, answer: str
) -> None:
    server.program.always("PAID", trick)
    till = till_of("PAID")
    for place, wait in enumerate(WAITS):
        assert answers(till) == ({"PAID": (answer, place, True)} if place else {})
        till.clock.move(wait - timedelta(microseconds=bool(wait)))
        assert till.run().asked == (0 if wait else 1)
        till.clock.move(timedelta(microseconds=bool(wait)))
        till.run()
    assert answers(till) == {"PAID": (answer, len(WAITS), False)}
    till.clock.move(400 * DAYS)
    assert till.run().asked == 0
    assert {each.code for each in server.received} == {"SUCCESS"}  # questions only: this product cancels nothing
    assert len(server.received) == len(WAITS)


def test_the_sides_change_and_it_begins_anew(server: TrickServer, till_of: Callable[..., Till]) -> None:
    till = till_of("DECLINED")
    till.run()
    till.items = items_of(item("DECLINED", situation="FAILED/1", break_code="P02"))
    assert till.run().asked == 1
    assert till.outcomes("situation") == ["INIT/1", "FAILED/1"]


# -- what makes it slow down or stop (48, 53) -----------------------------------------------------


def test_48_throttling_slows_all_questions_and_recovers(server: TrickServer, till_of: Callable[..., Till]) -> None:
    waited: list[float] = []
    with client_of(server, pace=Pace(0, clock=lambda: sum(waited), sleep=waited.append), attempts=3) as api:
        server.program.play("CLOSED", throttled)  # the first of them
        till = till_of("PAID", "CLOSED", "DECLINED", api=api)
        receipt = till.run(workers=1)
    assert receipt.by_outcome == {"CLOSED": 1, "FAILED": 1, "PAID": 1}
    pause, *spaces = waited
    assert 0.1 <= pause <= 0.2  # the first step, and up to as much by chance
    assert spaces == sorted(spaces, reverse=True)
    assert 0 < max(spaces) < 0.1001
    assert receipt.stopped == ""


@pytest.mark.parametrize(
    ("trick", "stopped_by"),
    [
        (refusing("INVALID_CONTRACT"), "key, signature, client or contract are refused INVALID_CONTRACT"),
        (refusing("ACCESS_DENIED"), "key, signature, client or contract are refused ACCESS_DENIED"),
        (
            both(refusing("INVALID_SIGNATURE"), unsigned),
            "the reply is not signed INVALID_SIGNATURE",
        ),
    ],
)
def test_53_a_refused_key_stops_after_one_question_and_pauses(
    server: TrickServer, till_of: Callable[..., Till], trick: Any, stopped_by: str
) -> None:
    server.program.always("*", trick)
    till = till_of(*(f"{number:03}" for number in range(300)))
    receipt = till.run(workers=8)
    assert (receipt.asked, receipt.stopped) == (1, stopped_by)
    assert len(server.received) == 1
    assert answers(till) == {}
    till.clock.move(59 * MINUTE)
    assert till.run().asked == 0
    server.program.clear()
    assert till.run(by_hand=True).asked == 300  # repaired; a person does not wait
    assert till.outcomes("counts").count(True) == 300


def test_53_a_certificate_that_nobody_vouches_for_stops_after_one_question(
    till_of: Callable[..., Till], server: TrickServer
) -> None:
    with (
        TrickServer(server.directory, tls=tls_of(server.directory)) as secured,
        client_of(secured, ca_bundle=None) as stranger,
    ):
        till = till_of(*(f"{number:03}" for number in range(300)), api=stranger)
        receipt = till.run()
        assert not secured.received
    assert (receipt.asked, receipt.stopped) == (1, "the certificate of the server is not trusted")
    assert till.run().asked == 0


def test_a_refusal_in_the_middle_ends_the_run_and_only_what_was_under_way_is_asked(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    keys = [f"{number:03}" for number in range(300)]
    server.program.always("100", refusing("INVALID_CONTRACT"))
    receipt = till_of(*keys).run(workers=4)
    assert 101 <= receipt.asked <= 104 == 100 + 4
    assert receipt.stopped.endswith("INVALID_CONTRACT")
    assert len(server.received) == receipt.asked


def test_a_server_that_is_away_uses_up_no_place_and_the_run_gives_up(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with client_of(server, base_url=f"http://127.0.0.1:{port}") as nobody:
        till = till_of(*(f"{number:03}" for number in range(300)), api=nobody)
        receipt = till.run(workers=4)
    assert receipt.stopped == UNREACHABLE
    assert GIVE_UP_AFTER <= receipt.asked <= GIVE_UP_AFTER + 8
    assert receipt.by_outcome == {"NOT_SENT": receipt.asked}
    assert answers(till) == {}
    with client_of(server) as back:
        till.api = back
        till.clock.move(AFTER_NOT_SENT)
        assert till.run().asked == 300
    assert set(till.journal.evidence(DAY)["asked_count"]) == {1}


def test_replies_that_nobody_signed_are_counted_and_never_used(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    server.program.always("PAID", signed_with(new_key()))
    server.program.always("CLOSED", reply_about("PAID"))
    server.program.always("DECLINED", http_status(503))
    server.program.always("WAITS", telling(result={"resultStatus": "X", "resultCode": "?"}))
    till = till_of("PAID", "CLOSED", "DECLINED", "WAITS")
    receipt = till.run()
    assert receipt.by_outcome == {"MALFORMED": 1, "OUTCOME_UNKNOWN": 1, "REVIEW": 1, "UNAUTHENTICATED": 1}
    assert {key: answered[0] for key, answered in answers(till).items()} == {
        "PAID": "NONE", "CLOSED": "REVIEW", "DECLINED": "NONE", "WAITS": "NONE",
    }  # fmt: skip


# -- rows that left INIT meanwhile (52) -----------------------------------------------------------


def test_52_an_order_that_left_init_is_not_asked_about(
    server: TrickServer, till_of: Callable[..., Till], tmp_path: Path
) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("PAID", pay_stat="INIT", txn_stat="R")
    shop.order("CLOSED", pay_stat="S", txn_stat="R")
    shop.order("DECLINED", pay_stat="WEIRD", txn_stat="R")
    till = till_of("PAID", "CLOSED", "DECLINED", "GONE", item("PAID-2", situation="SUCCESS/0"))
    orders_db = OrdersDb([example_source()], {URL_VARIABLE: shop.url})
    receipt = till.run(states_now(orders_db, till.clock))
    assert sorted(sent(server)) == ["PAID", "PAID-2"]  # PAID-2 is not asked because of INIT
    assert (receipt.asked, receipt.skipped) == (2, 3)
    skipped = till.journal.history().filter(pl.col("outcome") == "SKIPPED").sort("order_key")
    assert skipped.select("order_key", "reason", "code").rows() == [
        ("CLOSED", "the order is no longer INIT", "SUCCESS"),
        ("DECLINED", "the order is no longer INIT", "UNMAPPED"),
        ("GONE", "the orders database no longer has the order", ""),
    ]
    assert set(answers(till)) == {"PAID", "PAID-2"}
    till.clock.move(2 * DAYS)
    assert till.due() == []  # the list of this day still says INIT; it is old


def test_orders_are_looked_at_as_of_now(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("1", pay_stat="INIT", txn_stat="R", valid_to=NOW)
    shop.order("1", pay_stat="S", txn_stat="R", valid_from=NOW)
    orders_db = OrdersDb([example_source()], {URL_VARIABLE: shop.url})
    before = orders_db.current_states("ogloba", ["1", "2"], NOW - MINUTE)
    after = orders_db.current_states("ogloba", ["1", "2"], NOW + MINUTE)
    assert before.select("order_key", "pay_state", "confirm_state").rows() == [("1", "INIT", "NOT_CONFIRMED")]
    assert after["pay_state"].to_list() == ["SUCCESS"]


def test_orders_are_read_again_shortly_before_their_question_leaves(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    """At a slow pace few are read ahead."""
    read: list[tuple[int, int]] = []

    def look(questions: list[DueQuestion]) -> dict[str, str | None]:
        read.append((len(questions), len(server.received)))
        return still_init(questions)

    with client_of(server, pace=Pace(1, clock=iter(range(10_000_000)).__next__, sleep=lambda _: None)) as slow:
        till_of(*(f"{number:03}" for number in range(100)), api=slow).run(look, workers=1)
    assert [count for count, _ in read] == [10] * 10
    assert all(10 * number - sent_by_then <= 1 for number, (_, sent_by_then) in enumerate(read))


# -- clocks (49) ----------------------------------------------------------------------------------


def test_49_a_wall_clock_that_jumps_changes_neither_waits_nor_what_is_asked(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    till = till_of("PAID", "CLOSED", "WAITS")
    jumps = iter([timedelta(hours=-3), timedelta(hours=7)] * 50)
    frozen = till.due()
    ticks = till.clock

    class Jumping(Clock):
        def __call__(self) -> Any:
            self.move(next(jumps))
            return self.now

    till.clock = Jumping()
    with client_of(server, now=till.clock) as api:
        till.api = api
        receipt = till.run(workers=1)
    assert len(frozen) == receipt.asked == len(sent(server)) == 3
    assert all(0 <= latency < 2000 for latency in till.outcomes("latency_ms"))
    assert ticks.now == NOW


def test_54_no_question_waits_longer_than_it_is_ours_to_ask(server: TrickServer, till_of: Callable[..., Till]) -> None:
    began = time.monotonic()
    with client_of(server, pace=Pace(1 / 60)) as slow:
        till = till_of("PAID", "CLOSED", "DECLINED", api=slow)
        receipt = till.run(lease=timedelta(seconds=20))
    assert time.monotonic() - began < 20
    assert sent(server) == ["CLOSED"]
    assert receipt.by_outcome == {"CLOSED": 1, "NOT_SENT": 2}
    assert till.outcomes("reason")[1:] == ["no time left to ask"] * 2
    assert set(answers(till)) == {"CLOSED"}


# -- what is kept, and what is not (75 to 78) -------------------------------------------------------


def test_78_every_outcome_is_kept_apart_word_for_word(server: TrickServer, till_of: Callable[..., Till]) -> None:
    server.program.play("CLOSED", http_status(500, b"<html>busy</html>"))
    server.program.play("DECLINED", unsigned)
    server.program.play("WAITS", refusing("PARAM_ILLEGAL"))
    server.program.play("YEN", sending(b'{"result": 7}'))
    till = till_of("PAID", "CLOSED", "DECLINED", "WAITS", "YEN")
    till.run()
    history = {row["order_key"]: row for row in till.journal.history().iter_rows(named=True)}
    assert {key: row["outcome"] for key, row in history.items()} == {
        "PAID": "ANSWERED", "CLOSED": "OUTCOME_UNKNOWN", "DECLINED": "UNAUTHENTICATED", "WAITS": "REJECTED",
        "YEN": "MALFORMED",
    }  # fmt: skip
    kept = {json.loads(row["request_body"])["paymentRequestId"]: row for row in replies(till)}
    paid = kept["PAID"]
    assert json.loads(paid["reply_body"])["paymentResult"]["resultStatus"] == "S"
    assert (paid["http_status"], paid["attempts"], paid["path"]) == (200, 1, server.path)
    assert set(json.loads(paid["request_headers"])) == {"Client-Id", "Request-Time", "Content-Type"}
    assert {"Client-Id", "Response-Time"} <= set(json.loads(paid["reply_headers"]))
    assert len(paid["reply_sha256"]) == 64
    assert history["PAID"]["reply_sha256"] == paid["reply_sha256"]
    assert history["CLOSED"]["reason"] == "another HTTP status than 200"
    assert kept["CLOSED"]["http_status"] == 500
    assert kept["DECLINED"]["reply_body"] == ""  # nobody vouches for a word of it
    assert (history["WAITS"]["reason"], history["WAITS"]["code"]) == ("the question is refused", "PARAM_ILLEGAL")


def test_75_no_key_no_signature_and_no_customer_is_on_disk(
    server: TrickServer, till_of: Callable[..., Till], tmp_path: Path
) -> None:
    server.program.always("PAID", telling(customerId="2088000011112222", pspCustomerInfo={"customerId": "CUST-77777"}))
    till = till_of("PAID", "CLOSED")
    till.run()
    assert answers(till)["PAID"][0] == "PAID"
    till.journal.close()
    written = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert b"paymentResult" in written
    for secret in (b"2088000011112222", b"CUST-77777", b"PRIVATE KEY", b"RSA256", b"ignature"):
        assert secret not in written.replace(b"INVALID_SIGNATURE", b"")


def replies(till: Till) -> list[dict[str, Any]]:
    return till.journal.replies(till.outcomes("question_id"))


# -- the journal ------------------------------------------------------------------------------------


def test_a_question_is_on_disk_before_it_is_asked_and_its_answer_before_it_is_used(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    seen: list[list[Any]] = []
    till = till_of("PAID", "CLOSED")
    server.program.always("*", lambda _: seen.append(till.outcomes()))
    till.run(workers=1)
    assert seen == [[None], ["ANSWERED", None]]


@pytest.mark.parametrize("table", ["questions", "outcomes", "interruptions", "write_intents", "write_results"])
def test_no_row_is_ever_changed_or_removed(till_of: Callable[..., Till], table: str) -> None:
    till = till_of("PAID", "WAITS")
    till.run()
    (first, second) = till.outcomes("question_id")
    till.journal.intend_write(first, {"pay_state": "INIT"}, NOW)
    till.journal.record_write(first, "WRITTEN", {"pay_state": "SUCCESS"}, NOW)
    till.clock.move(5 * MINUTE)
    again = till.due()
    till.journal.claim(again, "dies", till.clock(), LEASE)
    till.clock.move(LEASE)
    till.run()
    assert second in till.outcomes("question_id")
    with closing(sqlite3.connect(till.journal.path)) as anybody:
        rows = anybody.execute(f"SELECT * FROM {table}").fetchall()
        assert rows
        for statement in (
            f"UPDATE {table} SET question_id = 'other'",
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} (rowid, question_id) SELECT rowid, 'other' FROM {table}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append only"):
                anybody.execute(statement)
        assert anybody.execute(f"SELECT * FROM {table}").fetchall() == rows


def test_a_late_answer_of_a_slow_worker_is_kept_and_the_first_final_one_counts(till_of: Callable[..., Till]) -> None:
    till = till_of("PAID")
    (slow,) = till.due()
    assert till.journal.claim([slow], "slow", till.clock(), LEASE) == [slow]
    till.clock.move(LEASE)
    till.run()
    assert till.outcomes() == ["INTERRUPTED", "ANSWERED"]
    till.journal.record(slow, _answer(Finding.CLOSED), till.clock() + MINUTE)
    assert till.outcomes() == ["ANSWERED", "ANSWERED"]
    assert answers(till) == {"PAID": ("PAID", 2, False)}
    (later,) = till.journal.later_answers(DAY).iter_rows(named=True)
    assert (later["question_id"], later["answer"], later["first_answer"]) == (slow.question_id, "CLOSED", "PAID")


def _answer(finding: Finding) -> Outcome:
    exchange = Exchange("/path", "{}")
    return Answered(exchange=exchange, finding=finding, result=Result("S", "SUCCESS"))


def test_51_one_order_is_asked_by_one_at_a_time_whatever_it_is_called(till_of: Callable[..., Till]) -> None:
    till = till_of("PAID")
    (mine,) = till.due()
    assert till.journal.claim([mine], "me", NOW, LEASE) == [mine]
    others = [
        items_of("PAID"),  # the same break, from a list made before
        items_of(item("PAID", situation="SUCCESS/1")),
        items_of(item("PAID", break_id="P/alipayplus/provider/9", source_id=None, order_key=None)),
        items_of(item("PAID", break_id="X", payment_request_id=None, provider_transaction_id="9")),
    ]
    for items in others:
        till.items = items
        theirs = [mine] if items is others[0] else till.due()
        assert theirs
        assert till.journal.claim(theirs, "them", NOW + LEASE - MINUTE, LEASE) == []
    till.journal.record(mine, _answer(Finding.PAID), NOW)
    assert till.journal.claim([mine], "them", NOW, LEASE) == []  # asked already
    assert len(till.journal.claim(till.due(), "them", NOW, LEASE)) == 1  # about another break


def test_51_many_threads_with_one_list_ask_each_order_once(server: TrickServer, till_of: Callable[..., Till]) -> None:
    server.program.always("*", delayed(0.01))
    till = till_of(*(f"{number:03}" for number in range(60)))
    due, receipts = till.due(), []

    def work(name: str) -> None:
        with client_of(server) as api, InquiryJournal(till.journal.path.parents[1]) as journal:
            receipts.append(
                ask_due(api, journal, due, current_states=still_init, worker=name, workers=3, clock=till.clock)
            )

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent(server)) == [f"{number:03}" for number in range(60)]
    assert sum(receipt.asked for receipt in receipts) == 60
    assert sum(receipt.taken_elsewhere for receipt in receipts) == 120


def test_reading_makes_no_file_and_knows_nothing(tmp_path: Path) -> None:
    journal = InquiryJournal(tmp_path / "state")
    assert journal.history().is_empty()
    assert journal.evidence(DAY).is_empty()
    assert journal.later_answers().is_empty()
    assert journal.writes().is_empty()
    assert journal.replies(["1"]) == []
    assert list(tmp_path.iterdir()) == []


def test_each_answer_is_written_back_at_most_once(till_of: Callable[..., Till]) -> None:
    till = till_of("PAID")
    till.run()
    (name,) = till.outcomes("question_id")
    assert till.journal.intend_write(name, {"pay_state": "INIT"}, NOW)
    assert not till.journal.intend_write(name, {"pay_state": "INIT"}, NOW)
    (before,) = till.journal.writes().iter_rows(named=True)
    assert (before["result"], before["order_key"], json.loads(before["before"])) == (
        None,
        "PAID",
        {"pay_state": "INIT"},
    )
    till.journal.record_write(name, "WRITTEN", {"pay_state": "SUCCESS"}, NOW + MINUTE)
    (after,) = till.journal.writes().iter_rows(named=True)
    assert (after["result"], json.loads(after["after"])) == ("WRITTEN", {"pay_state": "SUCCESS"})
    assert after["told_at"] - after["intended_at"] == MINUTE


def test_a_journal_that_cannot_be_written_stops_before_anything_is_asked(
    server: TrickServer, till_of: Callable[..., Till]
) -> None:
    till = till_of("PAID", "CLOSED")
    due = till.due()
    till.journal.path.parent.mkdir(parents=True)
    till.journal.path.write_bytes(b"this is no database" * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite.*file is not a database"):
        ask_due(till.api, till.journal, due, current_states=still_init, worker="me", clock=till.clock)
    assert not server.received
