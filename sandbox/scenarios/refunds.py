"""Faults in the Void flow: money back and void apart, answers lost, deadlines passed."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import MINUTE, day_start, moment, year_before
from sandbox.messages import Answer, Wallet
from sandbox.ogloba_rows import Redemption, Void
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.steps import later, part_of, sold, voided_while
from sandbox.stage import Stage, after
from sandbox.truth import Struck

NEVER = 1 << 62


# -- refunded, not voided --------------------------------------------------------------------


def _repeated(stage: Stage, day: date, void: Void) -> Void:
    """The identical request again, on the next morning."""
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    return void


@scenario("R01 -")
def refund_answer_lost(stage: Stage, day: date) -> Played:
    """Stored as unclear, in fact refunded; the identical request on the next day tells so."""
    return _repeated(stage, day, voided_while(stage, day, Fault.REFUND_ANSWER_LOST))


# -- refunded, unknown here ------------------------------------------------------------------


def _only_refund(stage: Stage, row: Redemption) -> Struck:
    """The one refund that Alipay+ has for a sale, by its refundId."""
    (refund,) = stage.alipayplus.payments[row.ref_no].refunds.values()
    return Struck("R", "provider", refund.refund_id, refund.amount, row.cur)


@scenario("R04")
def died_before_void_row(stage: Stage, day: date) -> Played:
    row = sold(stage, day)
    with stage.acting(Fault.DIES_BEFORE_VOID_ROW):
        stage.ogloba.void(later(stage, row), row.ref_no, row.amt)
    return _only_refund(stage, row)


@scenario("R04")
def refunded_in_workspace(stage: Stage, day: date) -> Played:
    row = sold(stage, day)
    stage.alipayplus.refund_in_workspace(later(stage, row), row.ref_no, part_of(row, 50))
    return _only_refund(stage, row)


@scenario("- R04")
def dispute_accepted(stage: Stage, day: date) -> Played:
    """Money of yesterday's sale returns without the merchant asking."""
    row = sold(stage, day)
    stage.alipayplus.refund_in_workspace(stage.next_morning(day), row.ref_no, row.amt, "DSP")
    return _only_refund(stage, row)


@scenario("R04 -")
def refunded_in_workspace_then_registered(stage: Stage, day: date) -> Played:
    row = sold(stage, day)
    at = later(stage, row)
    stage.alipayplus.refund_in_workspace(at, row.ref_no, row.amt)
    ((request_id, refund),) = stage.alipayplus.payments[row.ref_no].refunds.items()
    answer = Answer(
        "S",
        at,
        provider_id=refund.refund_id,
        done_at=refund.done_at,
        settlement_amount=refund.settlement_amount,
        settlement_currency=row.settle_cur,
    )
    stage.ogloba.register_refund(stage.next_morning(day), row.ref_no, request_id, refund.amount, answer)
    return _only_refund(stage, row)


# -- voided, not refunded --------------------------------------------------------------------


@scenario("R02")
def voided_by_hand(stage: Stage, day: date) -> Played:
    row = sold(stage, day)
    return stage.ogloba.void_by_hand(later(stage, row), row.ref_no, row.amt)


@scenario("R02")
def refund_failed_after_void(stage: Stage, day: date) -> Played:
    wallet = Wallet(stage.psp(), refuses_refunds=True)
    return voided_while(stage, day, Fault.VOIDS_ANYWAY, share=60, wallet=wallet)


# -- unclear ---------------------------------------------------------------------------------


@scenario("R03")
def refund_unclear(stage: Stage, day: date) -> Played:
    return voided_while(stage, day, wallet=Wallet(stage.psp(), refunds_from=NEVER))


@scenario("R03 R11 -")
def refund_unclear_then_repeated(stage: Stage, day: date) -> Played:
    wallet = Wallet(stage.psp(), refunds_from=day_start(after(day)))
    return _repeated(stage, day, voided_while(stage, day, wallet=wallet))


@scenario("R03 -")
def refund_unclear_then_refused(stage: Stage, day: date) -> Played:
    wallet = Wallet(stage.psp(), refuses_refunds=True)
    return _repeated(stage, day, voided_while(stage, day, Fault.REFUND_REQUEST_LOST, wallet=wallet))


@scenario("- R11 -")
def refunded_after_midnight(stage: Stage, day: date) -> Played:
    """Asked for at 23:55, done at 00:05: it belongs to the next day."""
    row = sold(stage, day, wallet=Wallet(stage.psp(), refund_after=10 * MINUTE))
    void = stage.void(moment(day, 23, 55), row)
    stage.ogloba.repeat_refund(moment(after(day), 0, 10), void)
    return void


def _refund_of_last_year(stage: Stage, day: date, deadline: date) -> Void:
    """A sale of a year ago: its refund gets no answer, and the deadline passes."""
    row = stage.sell_at(moment(year_before(deadline), 12))
    with stage.acting(Fault.REFUND_REQUEST_LOST):
        return stage.void(stage.daytime(day), row)


@scenario("R12")
def refund_after_deadline(stage: Stage, day: date) -> Played:
    return _refund_of_last_year(stage, day, day - timedelta(days=1))


@scenario("R03 R12")
def refund_on_last_day(stage: Stage, day: date) -> Played:
    return _refund_of_last_year(stage, day, day)
