"""Faults in the Void flow, and what their refunds deserve."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, day_start, moment, year_before
from sandbox.messages import Answer, Wallet
from sandbox.ogloba_rows import Redemption, Void
from sandbox.scenarios import scenario
from sandbox.stage import Stage, after, soon

NEVER = 1 << 62


def _sold(stage: Stage, day: date, **wishes: object) -> Redemption:
    return stage.sell_at(stage.daytime(day, 2, 16), **wishes)


def _part(row: Redemption, share: int) -> int:
    """About so many hundredths of a sale, in round figures."""
    return row.amt * share // 1000 * 10


def _later(stage: Stage, row: Redemption) -> int:
    return row.upd_tm + soon(stage.random)


def _voided_while(
    stage: Stage, day: date, *faults: Fault, share: int = 100, **wishes: object
) -> Void:
    """An honest sale, then a void of `share` hundredths during which faults act."""
    row = _sold(stage, day, **wishes)
    with stage.acting(*faults):
        return stage.void(_later(stage, row), row, row.amt if share == 100 else _part(row, share))


# -- refunded, not voided --------------------------------------------------------------------


@scenario("R01")
def void_failed_with_alert(stage: Stage, day: date) -> None:
    stage.truth.refund(_voided_while(stage, day, Fault.VOID_FAILS), "R01", day)


@scenario("R01")
def died_before_void(stage: Stage, day: date) -> None:
    """No alert: only the reconciliation can see it."""
    stage.truth.refund(_voided_while(stage, day, Fault.DIES_BEFORE_VOID, share=40), "R01", day)


@scenario("R01")
def void_failed_then_rerun(stage: Stage, day: date) -> None:
    void = _voided_while(stage, day, Fault.VOID_FAILS)
    stage.ogloba.finish_void(stage.next_morning(day), void)
    stage.truth.refund(void, "R01", day, after(day))


@scenario("R01")
def refund_answer_lost(stage: Stage, day: date) -> None:
    """Stored as unclear, in fact refunded; the identical request on the next day tells so."""
    void = _voided_while(stage, day, Fault.REFUND_ANSWER_LOST)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R01", day, after(day))


# -- refunded, unknown here ------------------------------------------------------------------


def _only_refund(stage: Stage, row: Redemption) -> tuple[str, str, int]:
    """Request id, refundId and amount of the one refund that Alipay+ has for a sale."""
    request_id, refund = next(iter(stage.alipayplus.payments[row.ref_no].refunds.items()))
    return request_id, refund.refund_id, refund.amount


def _provider_only(
    stage: Stage, row: Redemption, since: date, until: date | None = None
) -> None:
    _, refund_id, amount = _only_refund(stage, row)
    stage.truth.provider("R", refund_id, "R04", (amount, row.cur), since, until)


@scenario("R04")
def died_before_void_row(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    with stage.acting(Fault.DIES_BEFORE_VOID_ROW):
        stage.ogloba.void(_later(stage, row), row.ref_no, row.amt)
    _provider_only(stage, row, day)


@scenario("R04")
def refunded_in_workspace(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    stage.alipayplus.refund_in_workspace(_later(stage, row), row.ref_no, _part(row, 50))
    _provider_only(stage, row, day)


@scenario("R04")
def dispute_accepted(stage: Stage, day: date) -> None:
    """Money of yesterday's sale returns without the merchant asking."""
    row = _sold(stage, day)
    stage.alipayplus.refund_in_workspace(stage.next_morning(day), row.ref_no, row.amt, "DSP")
    _provider_only(stage, row, after(day))


@scenario("R04")
def refunded_in_workspace_then_registered(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    at = _later(stage, row)
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
    row = _sold(stage, day)
    void = stage.ogloba.void_by_hand(_later(stage, row), row.ref_no, row.amt)
    stage.truth.refund(void, "R02", day)


@scenario("R02")
def refund_failed_after_void(stage: Stage, day: date) -> None:
    row = _sold(stage, day, wallet=Wallet(stage.psp(), refuses_refunds=True))
    with stage.acting(Fault.VOIDS_ANYWAY):
        void = stage.void(_later(stage, row), row, _part(row, 60))
    stage.truth.refund(void, "R02", day)


@scenario("R02")
def voided_though_unclear(stage: Stage, day: date) -> None:
    faults = (Fault.REFUND_REQUEST_LOST, Fault.VOIDS_ANYWAY)
    stage.truth.refund(_voided_while(stage, day, *faults), "R02", day)


@scenario("R02", "R11")
def voided_by_hand_then_refunded(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    void = stage.ogloba.void_by_hand(_later(stage, row), row.ref_no, row.amt)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R02", day, after(day))
    stage.truth.refund_noted(void, "R11", after(day))


# -- unclear ---------------------------------------------------------------------------------


@scenario("R03")
def refund_unclear(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refunds_from=NEVER)
    stage.truth.refund(_voided_while(stage, day, wallet=wallet), "R03", day)


@scenario("R03", "R11")
def refund_unclear_then_repeated(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refunds_from=day_start(after(day)))
    void = _voided_while(stage, day, wallet=wallet)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R03", day, after(day))
    stage.truth.refund_noted(void, "R11", after(day))


@scenario("R03")
def refund_unclear_then_refused(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), refuses_refunds=True)
    void = _voided_while(stage, day, Fault.REFUND_REQUEST_LOST, wallet=wallet)
    stage.ogloba.repeat_refund(stage.next_morning(day), void)
    stage.truth.refund(void, "R03", day, after(day))


@scenario("R03s")
def refund_flag_stale(stage: Stage, day: date) -> None:
    faults = (Fault.REFUND_ANSWER_LOST, Fault.VOIDS_ANYWAY)
    stage.truth.refund_noted(_voided_while(stage, day, *faults), "R03s", day)


@scenario("T02", "R05")
def refund_forgotten(stage: Stage, day: date) -> None:
    stage.truth.refund_waits(_voided_while(stage, day, Fault.REFUND_FORGOTTEN), day)


@scenario("R11")
def refunded_after_midnight(stage: Stage, day: date) -> None:
    """Asked for at 23:55, done at 00:05: it belongs to the next day."""
    wallet = Wallet(stage.psp(), refund_after=10 * MINUTE)
    row = _sold(stage, day, wallet=wallet)
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


# -- other amounts ---------------------------------------------------------------------------


@scenario("R06")
def refund_of_whole_sale_sent(stage: Stage, day: date) -> None:
    void = _voided_while(stage, day, Fault.REFUND_SENDS_WHOLE_SALE, share=30)
    stage.truth.refund(void, "R06", day)


@scenario("R06")
def refund_sent_in_wrong_unit(stage: Stage, day: date) -> None:
    currency = stage.random.choice(("EUR", "KWD"))
    slip = Fault.REFUND_SENT_IN_CENTS if currency == "EUR" else Fault.REFUND_SENT_HUNDREDFOLD
    row = _sold(stage, day, currency=currency, least=10)
    with stage.acting(slip):
        void = stage.void(_later(stage, row), row, row.amt * 4 // 1000 * 100)
    stage.truth.refund(void, "R06", day)


@scenario("R07")
def refunded_concurrently(stage: Stage, day: date) -> None:
    """Two tills at once: neither refund sees the other."""
    row = _sold(stage, day)
    at = _later(stage, row)
    stage.void(at, row, _part(row, 70))
    second = stage.void(at + SECOND // 2, row, _part(row, 50))
    stage.truth.refund(second, "R07", day)


@scenario("R10")
def refunded_twice_by_provider(stage: Stage, day: date) -> None:
    void = _voided_while(stage, day, Fault.DOUBLE_REFUND, share=30)
    stage.truth.refund(void, "R10", day)


@scenario("R10")
def till_refunds_twice(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    at = _later(stage, row)
    stage.void(at, row, _part(row, 30))
    second = stage.void(at + 3 * MINUTE, row, _part(row, 30))
    stage.truth.refund(second, "R10", day)


@scenario("R01", "R10")
def refund_retried_with_new_id(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    at = _later(stage, row)
    with stage.acting(Fault.REFUND_ANSWER_LOST):
        first = stage.void(at, row, _part(row, 30))
    second = stage.void(at + 4 * MINUTE, row, _part(row, 30))
    stage.truth.refund(first, "R01", day)
    stage.truth.refund(second, "R10", day)


@scenario("R13")
def refund_at_other_rate(stage: Stage, day: date) -> None:
    wishes = {"currency": stage.random.choice(("JPY", "GBP")), "least": 100}
    void = _voided_while(stage, day, Fault.REFUND_OTHER_RATE, **wishes)  # type: ignore[arg-type]
    stage.truth.refund(void, "R13", day)


@scenario("R16")
def new_refund_status(stage: Stage, day: date) -> None:
    stage.truth.refund(_voided_while(stage, day, Fault.NEW_REFUND_STATUS), "R16", day)


# -- the original, and the group -------------------------------------------------------------


def _before_the_play(stage: Stage) -> int:
    """About six weeks before the first day."""
    return stage.daytime(stage.days[0] - timedelta(days=stage.random.randrange(35, 50)))


@scenario("R08")
def original_archived(stage: Stage, day: date) -> None:
    row = stage.sell_at(_before_the_play(stage), currency="EUR")
    stage.ogloba.archive(row)
    void = stage.void(stage.daytime(day), row)
    stage.truth.refund(void, "R08", day)


@scenario("R08")
def original_stored_as_failed(stage: Stage, day: date) -> None:
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        row = stage.sell_at(_before_the_play(stage))
    void = stage.void(stage.daytime(day), row)
    stage.truth.refund(void, "R08", day)


@scenario("R09")
def voids_merged_under_first_id(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    parts = [_part(row, 30), _part(row, 20)]
    stage.ogloba.void_merged(_later(stage, row), row.ref_no, parts, own_id=False)
    stage.truth.order(row, "R09", day, family="R")


@scenario("R09")
def voids_merged_under_new_id(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    parts = [_part(row, 40), _part(row, 25)]
    stage.ogloba.void_merged(_later(stage, row), row.ref_no, parts, own_id=True)
    stage.truth.order(row, "R09", day, family="R")


@scenario("R15")
def part_shown_as_full(stage: Stage, day: date) -> None:
    void = _voided_while(stage, day, Fault.PART_SHOWN_AS_FULL, share=40)
    row = stage.ogloba.redemptions[void.orig_ref_no]
    stage.truth.order(row, "R15", day, family="R")


@scenario("R15")
def part_shown_as_full_then_refunded(stage: Stage, day: date) -> None:
    void = _voided_while(stage, day, Fault.PART_SHOWN_AS_FULL, share=40)
    row = stage.ogloba.redemptions[void.orig_ref_no]
    stage.void(stage.next_morning(day), row, row.amt - void.amt)
    stage.truth.order(row, "R15", day, after(day), family="R")
