"""Faults that leave money and sale apart: in the Redeem, confirm, cancel and notify flows."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios.listed import scenario
from sandbox.stage import SLOW, Stage, after

LOOP_OVER = 185 * SECOND


# -- paid, but not stored --------------------------------------------------------------------


def _unheard(stage: Stage, at: int, pays_after: int = SLOW) -> Redemption:
    """The notice is lost and the loop gets no answer: INIT for good."""
    with stage.acting(Fault.NOTICE_LOST, Fault.INQUIRY_DOWN):
        return stage.sell_at(at, wallet=Wallet(stage.psp(), pays_after))


@scenario("P01")
def notice_lost(stage: Stage, day: date) -> None:
    stage.truth.order(_unheard(stage, stage.daytime(day)), "P01", day)


@scenario("P01")
def notice_lost_then_stored(stage: Stage, day: date) -> None:
    row = _unheard(stage, stage.daytime(day))
    repaired = stage.next_morning(day)
    stage.ogloba.store_by_hand(repaired, row)
    stage.ogloba.confirm(repaired + 5 * MINUTE, row)
    stage.truth.order(row, "P01", day, after(day))


@scenario("P17", "P01")
def notice_lost_over_midnight(stage: Stage, day: date) -> None:
    row = _unheard(stage, moment(day, 23, 59, 10), pays_after=100 * SECOND)
    stage.truth.order(row, "P17", day, after(day))
    stage.truth.order(row, "P01", after(day))


def _timed_out(stage: Stage, at: int, pays_after: int = SLOW) -> Redemption:
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        return stage.sell_at(at, wallet=Wallet(stage.psp(), pays_after))


@scenario("P02")
def timeout_stored_as_failure(stage: Stage, day: date) -> None:
    stage.truth.order(_timed_out(stage, stage.daytime(day)), "P02", day)


@scenario("P02")
def timeout_over_midnight(stage: Stage, day: date) -> None:
    row = _timed_out(stage, moment(day, 23, 59, 30), pays_after=50 * SECOND)
    stage.truth.order(row, "P02", after(day))


@scenario("P02")
def timeout_then_refunded(stage: Stage, day: date) -> None:
    """The money goes back, the status stays wrong: the code stays too."""
    row = _timed_out(stage, stage.daytime(day))
    stage.ogloba.void(stage.next_morning(day), row.ref_no, row.amt, "SUPPORT")
    stage.truth.order(row, "P02", day)


@scenario("P02")
def timeout_then_reopened(stage: Stage, day: date) -> None:
    row = _timed_out(stage, stage.daytime(day))
    repaired = stage.next_morning(day)
    stage.ogloba.store_by_hand(repaired, row)
    stage.ogloba.confirm(repaired + 5 * MINUTE, row)
    stage.truth.order(row, "P02", day, after(day))


# -- cancelled, but paid ---------------------------------------------------------------------


@scenario("P03")
def cancel_request_lost(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    row = stage.sell_at(at, wallet=Wallet(stage.psp(), 184 * SECOND))
    with stage.acting(Fault.CANCEL_REQUEST_LOST, Fault.CLOSES_WITHOUT_ANSWER):
        stage.ogloba.cancel(at + LOOP_OVER, row)
    stage.truth.order(row, "P03", day)


def _raced(stage: Stage, at: int) -> Redemption:
    with stage.acting(Fault.CLEARS_CANCELLED):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), 200 * SECOND))
        stage.ogloba.cancel(at + LOOP_OVER, row)
    return row


@scenario("P03")
def cancel_raced_success(stage: Stage, day: date) -> None:
    stage.truth.order(_raced(stage, stage.daytime(day)), "P03", day)


@scenario("P03", "P20")
def cancel_raced_then_refunded(stage: Stage, day: date) -> None:
    row = _raced(stage, stage.daytime(day))
    stage.alipayplus.refund_in_workspace(stage.next_morning(day), row.ref_no, row.amt)
    stage.truth.order(row, "P03", day, after(day))
    stage.truth.order_noted(row, "P20", after(day))


@scenario("P03", "P20")
def cancelled_over_midnight(stage: Stage, day: date) -> None:
    """Cleared on one day, taken back on the next."""
    with stage.acting(Fault.CONFIRM_LOST, Fault.NETS_CANCELLED):
        row = stage.sell_at(moment(day, 23, 30))
        stage.ogloba.cancel(moment(after(day), 0, 5), row)
    stage.truth.order(row, "P03", day, after(day))
    stage.truth.order_noted(row, "P20", after(day))


@scenario("P20")
def cancelled_and_netted(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    with stage.acting(Fault.CONFIRM_LOST, Fault.NETS_CANCELLED):
        row = stage.sell_at(at)
        stage.ogloba.cancel(at + 5 * MINUTE, row)
    stage.truth.order_noted(row, "P20", day)


def _cancelled_late(stage: Stage, day: date, at: int) -> Redemption:
    row = stage.sell_at(stage.daytime(day))
    stage.ogloba.cancel(at, row)
    return row


@scenario("R14")
def till_closed_after_midnight(stage: Stage, day: date) -> None:
    row = _cancelled_late(stage, day, moment(after(day), 0, 20))
    stage.truth.order(row, "R14", day)


@scenario("R14")
def cancelled_a_second_late(stage: Stage, day: date) -> None:
    row = _cancelled_late(stage, day, moment(after(day), 0, 15, 1))
    stage.truth.order(row, "R14", day)


@scenario("R14")
def cancelled_on_the_next_day(stage: Stage, day: date) -> None:
    row = _cancelled_late(stage, day, stage.next_morning(day))
    stage.truth.order(row, "R14", after(day))


@scenario("R14")
def cancelled_late_then_refunded(stage: Stage, day: date) -> None:
    row = _cancelled_late(stage, day, moment(after(day), 0, 20))
    stage.void(stage.next_morning(day), row)
    stage.truth.order(row, "R14", day, after(day))


# -- paid, but not sold ----------------------------------------------------------------------


def _unconfirmed(stage: Stage, day: date) -> Redemption:
    with stage.acting(Fault.CONFIRM_LOST):
        return stage.sell_at(stage.daytime(day))


@scenario("P04")
def confirm_lost(stage: Stage, day: date) -> None:
    stage.truth.order(_unconfirmed(stage, day), "P04", day)


@scenario("P04")
def confirm_lost_then_confirmed(stage: Stage, day: date) -> None:
    row = _unconfirmed(stage, day)
    stage.ogloba.confirm(stage.next_morning(day), row)
    stage.truth.order(row, "P04", day, after(day))


@scenario("P04", "P21")
def confirm_lost_then_purged(stage: Stage, day: date) -> None:
    """The order is deleted while it is on the list."""
    row = _unconfirmed(stage, day)
    stage.ogloba.purge(stage.next_morning(day), row)
    stage.truth.order(row, "P04", day, after(day))
    stage.truth.order(row, "P21", after(day))


@scenario("P04")
def confirm_lost_then_refunded(stage: Stage, day: date) -> None:
    row = _unconfirmed(stage, day)
    stage.void(stage.next_morning(day), row)
    stage.truth.order(row, "P04", day, after(day))


@scenario("P05")
def sale_dropped(stage: Stage, day: date) -> None:
    row = _unconfirmed(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    stage.truth.order(row, "P05", day)


@scenario("P05")
def sale_dropped_and_half_refunded(stage: Stage, day: date) -> None:
    row = _unconfirmed(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    stage.void(row.upd_tm + 30 * MINUTE, row, row.amt // 20 * 10)
    stage.truth.order(row, "P05", day)


@scenario("P05")
def sale_dropped_then_refunded(stage: Stage, day: date) -> None:
    row = _unconfirmed(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    stage.void(stage.next_morning(day), row)
    stage.truth.order(row, "P05", day, after(day))
