"""Faults that look alike in orders and reports, until Alipay+ is asked: each one has another answer.

Alipay+ answers from its own books. Where they contradict its own report, the report is what is wrong.
"""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios.listed import scenario
from sandbox.scenarios.payments import LOOP_OVER
from sandbox.stage import SLOW, Stage, after

UNHEARD = (Fault.NOTICE_LOST, Fault.INQUIRY_DOWN)


def _abandoned(stage: Stage, at: int) -> Redemption:
    return stage.sell_at(at, wallet=Wallet(stage.psp(), None))


def _declined(stage: Stage, day: date, *faults: Fault, after: int = SLOW) -> Redemption:
    with stage.acting(*faults):
        return stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), after, declines=True))


def _confirm_unchecked(stage: Stage, row: Redemption) -> None:
    with stage.acting(Fault.CONFIRM_UNCHECKED):
        stage.ogloba.confirm(row.upd_tm + 30 * SECOND, row)


# -- never got a final answer ----------------------------------------------------------------


@scenario("P17")
def pay_request_lost(stage: Stage, day: date) -> None:
    """Alipay+ never heard of it."""
    with stage.acting(Fault.PAY_REQUEST_LOST):
        row = stage.sell_at(stage.daytime(day))
    stage.truth.order(row, "P17", day)


@scenario("P17")
def declined_unheard(stage: Stage, day: date) -> None:
    stage.truth.order(_declined(stage, day, *UNHEARD), "P17", day)


@scenario("P17")
def cancel_answer_lost(stage: Stage, day: date) -> None:
    """Closed at Alipay+, and the till never learns of it."""
    at = stage.daytime(day)
    row = _abandoned(stage, at)
    with stage.acting(Fault.CANCEL_ANSWER_LOST):
        stage.ogloba.cancel(at + LOOP_OVER, row)
    stage.truth.order(row, "P17", day)


@scenario("P17", "P01")
def discount_unheard_over_midnight(stage: Stage, day: date) -> None:
    """Paid, but less than we asked for: no one may store that answer without looking."""
    with stage.acting(Fault.KEEPS_LESS, *UNHEARD):
        row = stage.sell_at(moment(day, 23, 59, 10), wallet=Wallet(stage.psp(), 100 * SECOND))
    stage.truth.order(row, "P17", day, after(day))
    stage.truth.order(row, "P01", after(day))


# -- confirmed, and not known as paid --------------------------------------------------------


@scenario("P19")
def pay_request_lost_but_confirmed(stage: Stage, day: date) -> None:
    with stage.acting(Fault.PAY_REQUEST_LOST):
        row = stage.sell_at(stage.daytime(day))
    _confirm_unchecked(stage, row)
    stage.truth.order(row, "P19", day)


@scenario("P19")
def cancelled_but_confirmed(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    row = _abandoned(stage, at)
    stage.ogloba.cancel(at + LOOP_OVER, row)
    _confirm_unchecked(stage, row)
    stage.truth.order(row, "P19", day)


@scenario("P19", "P01")
def confirmed_before_it_was_paid(stage: Stage, day: date) -> None:
    """The customer pays after midnight: the report of the next day has it."""
    with stage.acting(*UNHEARD):
        row = stage.sell_at(moment(day, 23, 59, 10), wallet=Wallet(stage.psp(), 100 * SECOND))
    _confirm_unchecked(stage, row)
    stage.truth.order(row, "P19", day, after(day))
    stage.truth.order(row, "P01", after(day))


# -- stored as paid, and in no report --------------------------------------------------------


@scenario("T01", "P07")
def left_out_of_reports(stage: Stage, day: date) -> None:
    with stage.acting(Fault.LEAVES_OUT_PAYMENT):
        row = stage.sell_at(stage.daytime(day))
    stage.truth.order_waits(row, day)


@scenario("T01", "P07")
def cancelled_upstream(stage: Stage, day: date) -> None:
    """The till drops the sale; Alipay+ cancels it, and its answer is lost."""
    at = stage.daytime(day)
    with stage.acting(Fault.CONFIRM_LOST, Fault.CANCEL_ANSWER_LOST):
        row = stage.sell_at(at)
        stage.ogloba.cancel(at + 5 * MINUTE, row)
    stage.truth.order_waits(row, day)


@scenario("T01", "P07")
def false_success_of_open_code(stage: Stage, day: date) -> None:
    """The customer never paid: the answered question was taken for a paid order."""
    with stage.acting(Fault.READS_RESULT_FOR_PAYMENT):
        row = _abandoned(stage, stage.daytime(day))
    stage.truth.order_waits(row, day)


@scenario("T01", "P07")
def paid_under_other_participant(stage: Stage, day: date) -> None:
    with stage.acting(Fault.BOOKS_ELSEWHERE):
        row = stage.sell_at(stage.daytime(day))
    stage.truth.order_waits(row, day)


# -- the report is wrong ---------------------------------------------------------------------


@scenario("P01")
def declined_unheard_but_cleared(stage: Stage, day: date) -> None:
    stage.truth.order(_declined(stage, day, Fault.CLEARS_DECLINED, *UNHEARD), "P01", day)


@scenario("P01")
def cancelled_unheard_but_cleared(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    with stage.acting(Fault.CLEARS_CANCELLED, Fault.CANCEL_ANSWER_LOST, *UNHEARD):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), SLOW))
        stage.ogloba.cancel(at + LOOP_OVER, row)
    stage.truth.order(row, "P01", day)


@scenario("P02")
def declined_but_cleared(stage: Stage, day: date) -> None:
    stage.truth.order(_declined(stage, day, Fault.CLEARS_DECLINED), "P02", day)


@scenario("P02")
def timeout_cancelled_but_cleared(stage: Stage, day: date) -> None:
    """Stored as failed after a time-out, cancelled to be safe."""
    at = stage.daytime(day)
    faults = (Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED, Fault.CANCEL_ANSWER_LOST, Fault.CLEARS_CANCELLED)
    with stage.acting(*faults):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), SLOW))
        stage.ogloba.cancel(at + LOOP_OVER, row)
    stage.truth.order(row, "P02", day)


@scenario("P03")
def declined_after_close_but_cleared(stage: Stage, day: date) -> None:
    """The cancel never arrives; the wallet declines a moment later."""
    row = _declined(stage, day, Fault.CLEARS_DECLINED, after=LOOP_OVER - SECOND)
    with stage.acting(Fault.CANCEL_REQUEST_LOST, Fault.CLOSES_WITHOUT_ANSWER):
        stage.ogloba.cancel(row.crt_tm + LOOP_OVER, row)
    stage.truth.order(row, "P03", day)
