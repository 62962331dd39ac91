"""Faults in the Redeem, Redeem confirm, cancel and notify flows, and what their orders deserve."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, day_start, moment
from sandbox.messages import Wallet
from sandbox.ogloba import Sale, make_reference
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios import scenario
from sandbox.stage import Stage, after
from sandbox.world import TEST_STORE, Store

SLOW = 20 * SECOND  # a wallet that answers after the synchronous limit
LOOP_OVER = 185 * SECOND
FOREIGN = ("JPY", "KRW", "KWD")


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


# -- only one side knows ---------------------------------------------------------------------


def _rolled_back(stage: Stage, day: date) -> tuple[Sale, str]:
    sale = stage.sale(stage.daytime(day))
    reference = make_reference(stage.ogloba.take_references(1))
    with stage.acting(Fault.ROLLS_BACK_ORDER):
        stage.ogloba.redeem(sale, reference)
    return sale, reference


@scenario("P06")
def order_rolled_back(stage: Stage, day: date) -> None:
    sale, reference = _rolled_back(stage, day)
    paid = stage.alipayplus.payments[reference]
    stage.truth.provider("P", paid.payment_id, "P06", (paid.amount, sale.currency), day)


@scenario("P06")
def order_rolled_back_then_restored(stage: Stage, day: date) -> None:
    sale, reference = _rolled_back(stage, day)
    paid = stage.alipayplus.payments[reference]
    row = stage.ogloba.restore(stage.next_morning(day), sale, reference)
    stage.ogloba.confirm(row.upd_tm + MINUTE, row)
    money = (paid.amount, sale.currency)
    stage.truth.provider("P", paid.payment_id, "P06", money, day, after(day))


def _long_reference(stage: Stage) -> str:
    number = stage.ogloba.take_references(1)
    return f"XR{number:018d}{number:020d}"


@scenario("P06", "P17")
def reference_cut_and_unheard(stage: Stage, day: date) -> None:
    """Nothing ties the two sides: the order keeps no payment id, the report no whole reference."""
    sale = stage.sale(stage.daytime(day), wallet=Wallet(stage.psp(), SLOW))
    with stage.acting(Fault.CUTS_REFERENCE, Fault.NOTICE_LOST, Fault.INQUIRY_DOWN):
        row = stage.sell(sale, _long_reference(stage))
    paid = stage.alipayplus.payments[row.ref_no]
    stage.truth.provider("P", paid.payment_id, "P06", (paid.amount, sale.currency), day)
    stage.truth.order(row, "P17", day)


def _false_success(stage: Stage, day: date) -> Redemption:
    """The wallet declines; Ogloba takes the answered question for a paid order."""
    with stage.acting(Fault.READS_RESULT_FOR_PAYMENT):
        wallet = Wallet(stage.psp(), 10 * SECOND, declines=True)
        return stage.sell_at(stage.daytime(day), wallet=wallet)


@scenario("T01", "P07")
def false_success(stage: Stage, day: date) -> None:
    stage.truth.order_waits(_false_success(stage, day), day)


@scenario("T01", "P07")
def false_success_dropped(stage: Stage, day: date) -> None:
    with stage.acting(Fault.CONFIRM_LOST):
        row = _false_success(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    stage.truth.order_waits(row, day)


@scenario("P17")
def code_abandoned(stage: Stage, day: date) -> None:
    row = stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), None))
    stage.truth.order(row, "P17", day)


@scenario("P17")
def code_abandoned_then_closed(stage: Stage, day: date) -> None:
    row = stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), None))
    stage.ogloba.give_up(stage.next_morning(day), row)
    stage.truth.order(row, "P17", day, after(day))


def _confirmed_unpaid(stage: Stage, day: date, wallet: Wallet) -> Redemption:
    row = stage.sell_at(stage.daytime(day), wallet=wallet)
    with stage.acting(Fault.CONFIRM_UNCHECKED):
        stage.ogloba.confirm(row.upd_tm + 30 * SECOND, row)
    return row


@scenario("P19")
def declined_but_confirmed(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), SECOND, declines=True)
    stage.truth.order(_confirmed_unpaid(stage, day, wallet), "P19", day)


@scenario("P19")
def unpaid_but_confirmed(stage: Stage, day: date) -> None:
    stage.truth.order(_confirmed_unpaid(stage, day, Wallet(stage.psp(), None)), "P19", day)


@scenario("P19")
def declined_but_confirmed_then_dropped(stage: Stage, day: date) -> None:
    wallet = Wallet(stage.psp(), SECOND, declines=True)
    row = _confirmed_unpaid(stage, day, wallet)
    stage.ogloba.drop_sale(stage.next_morning(day), row)
    stage.truth.order(row, "P19", day, after(day))


# -- both sides know, and differ -------------------------------------------------------------


def _sold_while(stage: Stage, day: date, *faults: Fault, **wishes: object) -> Redemption:
    with stage.acting(*faults):
        return stage.sell_at(stage.daytime(day), **wishes)


@scenario("P08")
def amount_sent_hundredfold(stage: Stage, day: date) -> None:
    currency = stage.random.choice(FOREIGN)
    row = _sold_while(stage, day, Fault.SENDS_HUNDREDFOLD, currency=currency)
    stage.truth.order(row, "P08", day)


@scenario("P08")
def wallet_gave_discount(stage: Stage, day: date) -> None:
    stage.truth.order(_sold_while(stage, day, Fault.KEEPS_LESS), "P08", day)


@scenario("P08")
def order_edited(stage: Stage, day: date) -> None:
    row = _sold_while(stage, day)
    stage.ogloba.edit_amount(row.upd_tm + 3 * MINUTE, row, row.amt + 150)
    stage.truth.order(row, "P08", day)


@scenario("P09")
def default_currency_stored(stage: Stage, day: date) -> None:
    currency = stage.random.choice(FOREIGN)
    row = _sold_while(stage, day, Fault.STORES_DEFAULT_CURRENCY, currency=currency)
    stage.truth.order(row, "P09", day)


@scenario("P10")
def captured_twice(stage: Stage, day: date) -> None:
    stage.truth.order(_sold_while(stage, day, Fault.CAPTURES_TWICE), "P10", day)


@scenario("P10", several_sets=True)
def cleared_in_two_agreements(stage: Stage, day: date) -> None:
    row = _sold_while(stage, day, Fault.CLEARS_TWICE, currency="EUR")
    stage.truth.order(row, "P10", day)


@scenario("P13")
def quote_replaced(stage: Stage, day: date) -> None:
    wishes = {"currency": stage.random.choice(("JPY", "GBP")), "least": 20}
    row = _sold_while(stage, day, Fault.SETTLES_OTHER_QUOTE, **wishes)
    stage.truth.order(row, "P13", day)


@scenario("P14", several_sets=True)
def cleared_under_other_agreement(stage: Stage, day: date) -> None:
    row = _sold_while(stage, day, Fault.CLEARS_ELSEWHERE, currency="EUR")
    stage.truth.order(row, "P14", day)


@scenario("P14", several_sets=True)
def wrong_settlement_currency_asked(stage: Stage, day: date) -> None:
    sale = stage.sale(stage.daytime(day), currency="EUR")
    row = stage.sell(sale._replace(settlement_currency="USD"))
    stage.truth.order(row, "P14", day)


@scenario("P15")
def test_till_on_live_keys(stage: Stage, day: date) -> None:
    row = stage.sell_at(stage.daytime(day), store=Store(TEST_STORE, "EUR", "EUR", 0))
    stage.truth.order(row, "P15", day)


@scenario("P16")
def new_payment_status(stage: Stage, day: date) -> None:
    stage.truth.order(_sold_while(stage, day, Fault.NEW_PAY_STATUS), "P16", day)


@scenario("P16")
def new_sale_status(stage: Stage, day: date) -> None:
    stage.truth.order(_sold_while(stage, day, Fault.NEW_SALE_STATUS), "P16", day)


@scenario("P18")
def payment_id_replaced(stage: Stage, day: date) -> None:
    stage.truth.order(_sold_while(stage, day, Fault.NEW_PAYMENT_ID), "P18", day)


@scenario("P18")
def reference_cut(stage: Stage, day: date) -> None:
    sale = stage.sale(stage.daytime(day))
    with stage.acting(Fault.CUTS_REFERENCE):
        row = stage.sell(sale, _long_reference(stage))
    stage.truth.order(row, "P18", day)


# -- around midnight -------------------------------------------------------------------------


@scenario("P12")
def our_clock_is_fast(stage: Stage, day: date) -> None:
    """Paid at 23:59:57 by Alipay+, on the next day by us."""
    at = day_start(after(day)) - 3 * SECOND - SECOND // 2
    with stage.acting(Fault.OWN_CLOCK_FAST):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), SECOND))
    stage.truth.order_noted(row, "P12", day)


@scenario("T01", "P12")
def our_clock_is_slow(stage: Stage, day: date) -> None:
    """Paid at 00:00:01 by Alipay+, the day before by us."""
    at = day_start(after(day)) - 2 * SECOND
    with stage.acting(Fault.OWN_CLOCK_SLOW):
        row = stage.sell_at(at, wallet=Wallet(stage.psp(), 3 * SECOND))
    stage.truth.order(row, "T01", day, after(day))
    stage.truth.order_noted(row, "P12", after(day))


# -- charged twice ---------------------------------------------------------------------------


def _resubmitted(stage: Stage, first: Sale, same_number: bool = True) -> Redemption:
    """The till tries again, under a new reference."""
    again = first._replace(at=first.at + 5 * MINUTE, wallet=Wallet(first.wallet.psp))
    if not same_number:
        again = again._replace(till_txn_no=f"{again.till_txn_no}7")
    return stage.sell(again)


def _slow_sale(stage: Stage, day: date) -> Sale:
    return stage.sale(stage.daytime(day), wallet=Wallet(stage.psp(), SLOW))


@scenario("P01", "P11")
def resubmitted_after_silence(stage: Stage, day: date) -> None:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.NOTICE_LOST, Fault.INQUIRY_DOWN):
        first = stage.sell(sale)
    stage.truth.order(first, "P01", day)
    stage.truth.order(_resubmitted(stage, sale), "P11", day)


@scenario("P02", "P11")
def resubmitted_after_failure(stage: Stage, day: date) -> None:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        first = stage.sell(sale)
    stage.truth.order(first, "P02", day)
    stage.truth.order(_resubmitted(stage, sale, same_number=False), "P11", day)


@scenario("P04", "P11")
def resubmitted_unconfirmed(stage: Stage, day: date) -> None:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.CONFIRM_LOST):
        first = stage.sell(sale)
    stage.truth.order(first, "P04", day)
    stage.truth.order(_resubmitted(stage, sale, same_number=False), "P11", day)


@scenario("P11")
def sold_twice_under_one_number(stage: Stage, day: date) -> None:
    sale = _slow_sale(stage, day)
    stage.sell(sale)
    stage.truth.order(_resubmitted(stage, sale), "P11", day)


@scenario("P04", "P11")
def resubmitted_then_refunded(stage: Stage, day: date) -> None:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.CONFIRM_LOST):
        first = stage.sell(sale)
    second = _resubmitted(stage, sale)
    stage.void(stage.next_morning(day), first)
    stage.truth.order(first, "P04", day, after(day))
    stage.truth.order(second, "P11", day, after(day))
