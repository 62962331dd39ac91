"""Faults that leave money and sale apart: in the Redeem, confirm, cancel and notify flows."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.steps import sold_while
from sandbox.stage import Stage, after

LOOP_OVER = 185 * SECOND


# -- cancelled, but paid ---------------------------------------------------------------------


@scenario("P03")
def cancel_request_lost(stage: Stage, day: date) -> Played:
    at = stage.daytime(day)
    row = stage.sell_at(at, wallet=Wallet(stage.psp(), 184 * SECOND))
    with stage.acting(Fault.CANCEL_REQUEST_LOST, Fault.CLOSES_WITHOUT_ANSWER):
        stage.ogloba.cancel(at + LOOP_OVER, row)
    return row


@scenario("P03")
def cancel_raced_success(stage: Stage, day: date) -> Played:
    at = stage.daytime(day)
    with stage.acting(Fault.CLEARS_CANCELLED):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), 200 * SECOND))
        stage.ogloba.cancel(at + LOOP_OVER, row)
    return row


def _netted(stage: Stage, at: int, cancelled_at: int) -> Redemption:
    with stage.acting(Fault.CONFIRM_LOST, Fault.NETS_CANCELLED):
        row = stage.sell_at(at)
        stage.ogloba.cancel(cancelled_at, row)
    return row


@scenario("P03 P20 -")
def cancelled_over_midnight(stage: Stage, day: date) -> Played:
    """Cleared on one day, taken back on the next."""
    return _netted(stage, moment(day, 23, 30), moment(after(day), 0, 5))


@scenario("P20 -")
def cancelled_and_netted(stage: Stage, day: date) -> Played:
    at = stage.daytime(day)
    return _netted(stage, at, at + 5 * MINUTE)


def _cancelled_late(stage: Stage, day: date, at: int) -> Redemption:
    row = stage.sell_at(stage.daytime(day))
    stage.ogloba.cancel(at, row)
    return row


@scenario("R14")
def till_closed_after_midnight(stage: Stage, day: date) -> Played:
    return _cancelled_late(stage, day, moment(after(day), 0, 20))


@scenario("R14")
def cancelled_a_second_late(stage: Stage, day: date) -> Played:
    return _cancelled_late(stage, day, moment(after(day), 0, 15, 1))


@scenario("- R14")
def cancelled_on_the_next_day(stage: Stage, day: date) -> Played:
    return _cancelled_late(stage, day, stage.next_morning(day))


# -- paid, but not sold ----------------------------------------------------------------------


def _dropped(stage: Stage, day: date) -> Redemption:
    row = sold_while(stage, day, Fault.CONFIRM_LOST)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    return row


@scenario("P05")
def sale_dropped(stage: Stage, day: date) -> Played:
    return _dropped(stage, day)


@scenario("P05")
def sale_dropped_and_half_refunded(stage: Stage, day: date) -> Played:
    row = _dropped(stage, day)
    stage.void(row.upd_tm + 30 * MINUTE, row, row.amt // 20 * 10)
    return row
