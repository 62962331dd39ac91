"""Faults in the Void flow: money back and void apart, answers lost, deadlines passed."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import MINUTE, day_start, moment, year_before
from sandbox.messages import Answer, Wallet
from sandbox.ogloba_rows import Redemption, Void
from sandbox.scenarios.listed import scenario
from sandbox.scenarios.refund_steps import later, part_of, sold, voided_while
from sandbox.stage import Stage, after

NEVER = 1 << 62


# -- refunded, not voided --------------------------------------------------------------------


@scenario("R01")
def void_failed_with_alert(stage: Stage, day: date) -> None:
    stage.truth.refund(voided_while(stage, day, Fault.VOID_FAILS), "R01", day)


@scenario("R01")
def died_before_void(stage: Stage, day: date) -> None:
    """No alert: only the reconciliation can see it."""
    stage.truth.refund(voided_while(stage, day, Fault.DIES_BEFORE_VOID, share=40), "R01", day)


@scenario("R01")
def void_failed_then_rerun(stage: Stage, day: date) -> None:
    void = voided_while(stage, day, Fault.VOID_FAILS)
    stage.ogloba.finish_void(stage.next_morning(day), void)
    stage.truth.refund(void, "R01", day, after(day))


@scenario("R01", "R17")
def void_failed_then_purged(stage: Stage, day: date) -> None:
    """The refund is deleted while it is on the list; its order stays."""
    void = voided_while(stage, day, Fault.VOID_FAILS)
    stage.ogloba.purge(stage.next_morning(day), void)
    stage.truth.refund(void, "R01", day, after(day))
    stage.truth.refund(void, "R17", after(day))


@scenario("R01")
def refund_answer_lost(stage: Stage, day: date) -> None:
    """Stored as unclear, in fact refunded; the identical request on the next day tells so."""
    void = voided_while(stage, day, Fault.REFUND_ANSWER_LOST)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R01", day, after(day))


# -- refunded, unknown here ------------------------------------------------------------------


def _only_refund(stage: Stage, row: Redemption) -> tuple[str, str, int]:
    """Request id, refundId and amount of the one refund that Alipay+ has for a sale."""
    request_id, refund = next(iter(stage.alipayplus.payments[row.ref_no].refunds.items()))
    return request_id, refund.refund_id, refund.amount


def _provider_only(stage: Stage, row: Redemption, since: date, until: date | None = None) -> None:
    _, refund_id, amount = _only_refund(stage, row)
    stage.truth.provider("R", refund_id, "R04", (amount, row.cur), since, until)


@scenario("R04")
def died_before_void_row(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    with stage.acting(Fault.DIES_BEFORE_VOID_ROW):
        stage.ogloba.void(later(stage, row), row.ref_no, row.amt)
    _provider_only(stage, row, day)


@scenario("R04")
def refunded_in_workspace(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    stage.alipayplus.refund_in_workspace(later(stage, row), row.ref_no, part_of(row, 50))
    _provider_only(stage, row, day)


@scenario("R04")
def dispute_accepted(stage: Stage, day: date) -> None:
    """Money of yesterday's sale returns without the merchant asking."""
    row = sold(stage, day)
    stage.alipayplus.refund_in_workspace(stage.next_morning(day), row.ref_no, row.amt, "DSP")
    _provider_only(stage, row, after(day))


@scenario("R04")
def refunded_in_workspace_then_registered(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    at = later(stage, row)
    stage.alipayplus.refund_in_workspace(at, row.ref_no, row.amt)
    request_id, refund_id, amount = _only_refund(stage, row)
    refund = stage.alipayplus.payments[row.ref_no].refunds[request_id]
    answer = Answer(
        "S",
        at,
        provider_id=refund_id,
        done_at=refund.done_at,
        settlement_amount=refund.settlement_amount,
        settlement_currency=row.settle_cur,
    )
    stage.ogloba.register_refund(stage.next_morning(day), row.ref_no, request_id, amount, answer)
    _provider_only(stage, row, day, after(day))


# -- voided, not refunded --------------------------------------------------------------------


@scenario("R02")
def voided_by_hand(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    void = stage.ogloba.void_by_hand(later(stage, row), row.ref_no, row.amt)
    stage.truth.refund(void, "R02", day)


@scenario("R02")
def refund_failed_after_void(stage: Stage, day: date) -> None:
    row = sold(stage, day, wallet=Wallet(stage.psp(), refuses_refunds=True))
    with stage.acting(Fault.VOIDS_ANYWAY):
        void = stage.void(later(stage, row), row, part_of(row, 60))
    stage.truth.refund(void, "R02", day)


@scenario("R02")
def voided_though_unclear(stage: Stage, day: date) -> None:
    faults = (Fault.REFUND_REQUEST_LOST, Fault.VOIDS_ANYWAY)
    stage.truth.refund(voided_while(stage, day, *faults), "R02", day)


@scenario("R02", "R11")
def voided_by_hand_then_refunded(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    void = stage.ogloba.void_by_hand(later(stage, row), row.ref_no, row.amt)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R02", day, after(day))
    stage.truth.refund_noted(void, "R11", after(day))


# -- unclear ---------------------------------------------------------------------------------


@scenario("R03")
def refund_unclear(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refunds_from=NEVER)
    stage.truth.refund(voided_while(stage, day, wallet=wallet), "R03", day)


@scenario("R03", "R11")
def refund_unclear_then_repeated(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refunds_from=day_start(after(day)))
    void = voided_while(stage, day, wallet=wallet)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R03", day, after(day))
    stage.truth.refund_noted(void, "R11", after(day))


@scenario("R03")
def refund_unclear_then_refused(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refuses_refunds=True)
    void = voided_while(stage, day, Fault.REFUND_REQUEST_LOST, wallet=wallet)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R03", day, after(day))


@scenario("R03s")
def refund_flag_stale(stage: Stage, day: date) -> None:
    faults = (Fault.REFUND_ANSWER_LOST, Fault.VOIDS_ANYWAY)
    stage.truth.refund_noted(voided_while(stage, day, *faults), "R03s", day)


@scenario("T02", "R05")
def refund_forgotten(stage: Stage, day: date) -> None:
    stage.truth.refund_waits(voided_while(stage, day, Fault.REFUND_FORGOTTEN), day)


@scenario("R11")
def refunded_after_midnight(stage: Stage, day: date) -> None:
    """Asked for at 23:55, done at 00:05: it belongs to the next day."""
    wallet = Wallet(stage.psp(), refund_after=10 * MINUTE)
    row = sold(stage, day, wallet=wallet)
    void = stage.void(moment(day, 23, 55), row)
    stage.ogloba.repeat_refund(moment(after(day), 0, 10), void)
    stage.truth.refund_noted(void, "R11", after(day))


def _refund_of_last_year(stage: Stage, day: date, deadline: date) -> Void:
    """A sale of a year ago: its refund gets no answer, and the deadline passes."""
    row = stage.sell_at(moment(year_before(deadline), 12))
    with stage.acting(Fault.REFUND_REQUEST_LOST):
        return stage.void(stage.daytime(day), row)


@scenario("R12")
def refund_after_deadline(stage: Stage, day: date) -> None:
    void = _refund_of_last_year(stage, day, day - timedelta(days=1))
    stage.truth.refund(void, "R12", day)


@scenario("R03", "R12")
def refund_on_last_day(stage: Stage, day: date) -> None:
    void = _refund_of_last_year(stage, day, day)
    stage.truth.refund(void, "R03", day, after(day))
    stage.truth.refund(void, "R12", after(day))
