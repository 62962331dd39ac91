"""Faults that look alike in orders and reports, until Alipay+ is asked: each one has another answer.

Alipay+ answers from its own books. Where they contradict its own report, the report is what is wrong.
"""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.one_sided import confirmed_unchecked
from sandbox.scenarios.payments import LOOP_OVER
from sandbox.scenarios.steps import UNHEARD, sold_while
from sandbox.stage import SLOW, Stage
from sandbox.truth import NOT_REPORTED


def _abandoned(stage: Stage, at: int) -> Redemption:
    return stage.sell_at(at, wallet=Wallet(stage.psp(), None))


def _cancelled(stage: Stage, day: date, *faults: Fault) -> Redemption:
    """The wallet is slow, the till cancels to be safe, and the answer to that is lost."""
    at = stage.daytime(day)
    with stage.acting(Fault.CLEARS_CANCELLED, Fault.CANCEL_ANSWER_LOST, *faults):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), SLOW))
        stage.ogloba.cancel(at + LOOP_OVER, row)
    return row


# -- never got a final answer ----------------------------------------------------------------


@scenario("P17")
def cancel_answer_lost(stage: Stage, day: date) -> Played:
    """Closed at Alipay+, and the till never learns of it."""
    at = stage.daytime(day)
    row = _abandoned(stage, at)
    with stage.acting(Fault.CANCEL_ANSWER_LOST):
        stage.ogloba.cancel(at + LOOP_OVER, row)
    return row


# -- confirmed, and not known as paid --------------------------------------------------------


@scenario("P19")
def pay_request_lost_but_confirmed(stage: Stage, day: date) -> Played:
    return confirmed_unchecked(stage, sold_while(stage, day, Fault.PAY_REQUEST_LOST))


@scenario("P19")
def cancelled_but_confirmed(stage: Stage, day: date) -> Played:
    at = stage.daytime(day)
    row = _abandoned(stage, at)
    stage.ogloba.cancel(at + LOOP_OVER, row)
    return confirmed_unchecked(stage, row)


@scenario("P19 P01")
def confirmed_before_it_was_paid(stage: Stage, day: date) -> Played:
    """The customer pays after midnight: the report of the next day has it."""
    with stage.acting(*UNHEARD):
        row = stage.sell_at(moment(day, 23, 59, 10), wallet=Wallet(stage.psp(), 100 * SECOND))
    return confirmed_unchecked(stage, row)


# -- stored as paid, and in no report --------------------------------------------------------


@scenario(NOT_REPORTED)
def cancelled_upstream(stage: Stage, day: date) -> Played:
    """The till drops the sale; Alipay+ cancels it, and its answer is lost."""
    at = stage.daytime(day)
    with stage.acting(Fault.CONFIRM_LOST, Fault.CANCEL_ANSWER_LOST):
        row = stage.sell_at(at)
        stage.ogloba.cancel(at + 5 * MINUTE, row)
    return row


# -- the report is wrong ---------------------------------------------------------------------


@scenario("P01")
def cancelled_unheard_but_cleared(stage: Stage, day: date) -> Played:
    return _cancelled(stage, day, *UNHEARD)


@scenario("P02")
def timeout_cancelled_but_cleared(stage: Stage, day: date) -> Played:
    """Stored as failed after a time-out."""
    return _cancelled(stage, day, Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED)


@scenario("P03")
def declined_after_close_but_cleared(stage: Stage, day: date) -> Played:
    """The cancel never arrives; the wallet declines a moment later."""
    with stage.acting(Fault.CLEARS_DECLINED):
        at = stage.daytime(day)
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), LOOP_OVER - SECOND, declines=True))
    with stage.acting(Fault.CANCEL_REQUEST_LOST, Fault.CLOSES_WITHOUT_ANSWER):
        stage.ogloba.cancel(row.crt_tm + LOOP_OVER, row)
    return row
