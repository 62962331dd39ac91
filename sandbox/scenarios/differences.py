"""Faults where both sides know a payment and report it differently, or where it was charged twice."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, day_start
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.ogloba_sales import Sale
from sandbox.scenarios.listed import scenario
from sandbox.stage import SLOW, Stage, after
from sandbox.world import TEST_STORE, Store

FOREIGN = ("JPY", "KRW", "KWD")


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
        row = stage.sell(sale, stage.long_reference())
    stage.truth.order(row, "P18", day)


@scenario()
def reference_omitted(stage: Stage, day: date) -> None:
    """Sale and refund pair by Alipay+'s own ids: nothing to undo."""
    row = _sold_while(stage, day, Fault.OMITS_REFERENCE)
    with stage.acting(Fault.OMITS_REFERENCE):
        stage.void(row.upd_tm + 20 * MINUTE, row, row.amt // 30 * 10)


@scenario()
def row_repeated(stage: Stage, day: date) -> None:
    """The same line twice in one file is dropped and counted, it is no double capture."""
    _sold_while(stage, day, Fault.REPEATS_ROW)


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
