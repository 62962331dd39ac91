"""The two parties by themselves: what Alipay+ promises, and what Ogloba stores of it."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.faults import Fault
from sandbox.instants import (
    DAY,
    MINUTE,
    SECOND,
    day_of,
    day_start,
    moment,
    year_before,
    year_later,
)
from sandbox.messages import PayRequest, Wallet
from sandbox.ogloba_rows import versions
from sandbox.stage import Stage
from sandbox.world import build_world

TODAY = date(2026, 11, 20)
NOON = moment(TODAY, 12)


@pytest.fixture
def stage() -> Stage:
    return Stage(build_world("multi-batch"), [TODAY])


def request(wallet: Wallet, key: str = "K1", amount: int = 1000) -> PayRequest:
    return PayRequest(key, "FR-PARIS-01", amount, "EUR", "EUR", wallet)


def test_pay_is_idempotent(stage: Stage) -> None:
    first = stage.alipayplus.pay(NOON, request(Wallet("TNG")))
    again = stage.alipayplus.pay(NOON + MINUTE, request(Wallet("TNG")))
    assert first.status == again.status == "S"
    assert first.provider_id == again.provider_id
    assert stage.alipayplus.ledger().height == 1


def test_a_slow_wallet_is_unknown_first(stage: Stage) -> None:
    wallet = Wallet("TNG", pays_after=40 * SECOND)
    assert stage.alipayplus.pay(NOON, request(wallet)).status == "U"
    assert stage.alipayplus.inquire(NOON + 39 * SECOND, "K1").status == "U"
    assert stage.alipayplus.inquire(NOON + 40 * SECOND, "K1").status == "S"


@pytest.mark.parametrize(("seconds", "status"), [(0, "S"), (1, "F")])
def test_the_cancel_deadline_is_inclusive(stage: Stage, seconds: int, status: str) -> None:
    stage.alipayplus.pay(NOON, request(Wallet("TNG")))
    deadline = day_start(TODAY) + DAY + 15 * MINUTE
    answer = stage.alipayplus.cancel(deadline + seconds * SECOND, "K1")
    assert answer.status == status
    assert stage.alipayplus.ledger().height == (0 if status == "S" else 1)


def test_refunds_never_exceed_the_payment(stage: Stage) -> None:
    stage.alipayplus.pay(NOON, request(Wallet("TNG")))
    refund = stage.alipayplus.refund
    assert refund(NOON + MINUTE, "R1", "K1", 700).status == "S"
    assert refund(NOON + 2 * MINUTE, "R2", "K1", 301).code == "REFUND_AMOUNT_EXCEED"
    assert refund(NOON + 3 * MINUTE, "R1", "K1", 700).status == "S"  # the same request again
    assert refund(NOON + 4 * MINUTE, "R3", "K1", 300).status == "S"
    assert stage.alipayplus.ledger()["amount"].to_list() == [1000, 700, 300]


def test_a_refund_after_a_year_is_refused(stage: Stage) -> None:
    stage.alipayplus.pay(NOON, request(Wallet("TNG")))
    late = stage.alipayplus.refund(year_later(NOON) + SECOND, "R1", "K1", 1000)
    assert late.code == "REFUND_WINDOW_EXCEED"


def test_a_notice_does_not_change_a_stored_failure(stage: Stage) -> None:
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        row = stage.sell_at(NOON, wallet=Wallet("TNG", 20 * SECOND))
    stage.end()
    assert (row.pay_stat, row.txn_stat) == ("F", "N")
    assert stage.alipayplus.ledger().height == 1


def test_the_loop_asks_until_it_knows(stage: Stage) -> None:
    with stage.acting(Fault.NOTICE_LOST):
        row = stage.sell_at(NOON, wallet=Wallet("TNG", 100 * SECOND))
    assert (row.pay_stat, row.rslt_chnl) == ("S", "INQUIRY")


def test_a_notice_comes_before_the_next_question(stage: Stage) -> None:
    row = stage.sell_at(NOON, wallet=Wallet("TNG", 91 * SECOND))
    assert (row.pay_stat, row.rslt_chnl) == ("S", "NOTIFY")


def test_a_failed_void_sends_an_alert(stage: Stage) -> None:
    row = stage.sell_at(NOON)
    with stage.acting(Fault.VOID_FAILS):
        void = stage.void(row.upd_tm + MINUTE, row)
    assert (void.rfd_stat, void.void_stat) == ("S", "X")
    assert void.alert_tm is not None
    stage.ogloba.mark_voided(row.upd_tm + 30 * MINUTE, void)
    assert void.void_stat == "V"
    assert row.void_full == 1


def test_a_part_is_not_the_whole(stage: Stage) -> None:
    row = stage.sell_at(NOON)
    stage.void(row.upd_tm + MINUTE, row, row.amt // 2)
    assert row.void_full == 0
    stage.void(row.upd_tm + 20 * MINUTE, row, row.amt - row.amt // 2)
    assert row.void_full == 1


def test_rows_keep_their_past_and_know_no_future(stage: Stage) -> None:
    row = stage.sell_at(NOON)
    stage.void(NOON + DAY, row)
    before, now = versions(row, NOON + 2 * DAY)
    assert before[-1] == now[-2]
    assert len(versions(row, NOON + MINUTE)) == 1


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 11, 20), date(2025, 11, 20)),
        (date(2028, 2, 29), date(2027, 2, 28)),
    ],
)
def test_a_year_is_a_calendar_year(day: date, before: date) -> None:
    assert year_before(day) == before
    assert day_of(year_later(moment(before, 12))) == date(day.year, before.month, before.day)


def test_a_lost_request_is_unknown_and_a_lost_answer_is_not(stage: Stage) -> None:
    with stage.acting(Fault.PAY_REQUEST_LOST):
        never = stage.sell_at(NOON)
    row = stage.sell_at(NOON, wallet=Wallet("TNG", None))
    with stage.acting(Fault.CANCEL_ANSWER_LOST):
        stage.ogloba.cancel(NOON + 5 * MINUTE, row)
    asked = stage.alipayplus.inquire
    assert (never.pay_stat, asked(NOON + DAY, never.ref_no).code) == ("INIT", "ORDER_NOT_EXIST")
    assert (row.pay_stat, row.cncl_stat, asked(NOON + DAY, row.ref_no).code) == ("INIT", "Q", "ORDER_IS_CLOSED")


def test_a_payment_of_another_participant_is_neither_known_nor_reported(stage: Stage) -> None:
    with stage.acting(Fault.BOOKS_ELSEWHERE):
        row = stage.sell_at(NOON)
    stage.end()
    assert (row.pay_stat, row.txn_stat) == ("S", "Y")
    assert stage.alipayplus.inquire(NOON + DAY, row.ref_no).code == "ORDER_NOT_EXIST"
    assert stage.alipayplus.refund(NOON + DAY, "R1", row.ref_no, 1).status == "F"
    assert stage.alipayplus.ledger().is_empty()


def test_faults_act_only_inside(stage: Stage) -> None:
    with stage.acting(Fault.VOID_FAILS):
        with stage.acting(Fault.CONFIRM_LOST):
            assert Fault.VOID_FAILS in stage.faults
        assert Fault.CONFIRM_LOST not in stage.faults
    assert Fault.VOID_FAILS not in stage.faults
