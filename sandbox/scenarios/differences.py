"""Faults where both sides know a payment and report it differently, or where it was charged twice."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND, day_start
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.ogloba_sales import Sale
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.steps import sold_while
from sandbox.stage import SLOW, Stage, after
from sandbox.world import TEST_STORE, Store

FOREIGN = ("JPY", "KRW", "KWD")


# -- both sides know, and differ -------------------------------------------------------------


@scenario("P08")
def amount_sent_hundredfold(stage: Stage, day: date) -> Played:
    return sold_while(stage, day, Fault.SENDS_HUNDREDFOLD, currency=stage.random.choice(FOREIGN))


@scenario("P08")
def order_edited(stage: Stage, day: date) -> Played:
    row = sold_while(stage, day)
    stage.ogloba.edit_amount(row.upd_tm + 3 * MINUTE, row, row.amt + 150)
    return row


@scenario("P09")
def default_currency_stored(stage: Stage, day: date) -> Played:
    return sold_while(stage, day, Fault.STORES_DEFAULT_CURRENCY, currency=stage.random.choice(FOREIGN))


@scenario("P13")
def quote_replaced(stage: Stage, day: date) -> Played:
    currency = stage.random.choice(("JPY", "GBP"))
    return sold_while(stage, day, Fault.SETTLES_OTHER_QUOTE, currency=currency, least=20)


@scenario("P14", several_sets=True)
def wrong_settlement_currency_asked(stage: Stage, day: date) -> Played:
    sale = stage.sale(stage.daytime(day), currency="EUR")
    return stage.sell(sale._replace(settlement_currency="USD"))


@scenario("P15")
def test_till_on_live_keys(stage: Stage, day: date) -> Played:
    return stage.sell_at(stage.daytime(day), store=Store(TEST_STORE, "EUR", "EUR", 0))


@scenario("P18")
def reference_cut(stage: Stage, day: date) -> Played:
    sale = stage.sale(stage.daytime(day))
    with stage.acting(Fault.CUTS_REFERENCE):
        return stage.sell(sale, stage.long_reference())


@scenario()
def reference_omitted(stage: Stage, day: date) -> None:
    """Sale and refund pair by Alipay+'s own ids: nothing to undo."""
    row = sold_while(stage, day, Fault.OMITS_REFERENCE)
    with stage.acting(Fault.OMITS_REFERENCE):
        stage.void(row.upd_tm + 20 * MINUTE, row, row.amt // 30 * 10)


@scenario()
def row_repeated(stage: Stage, day: date) -> None:
    """The same line twice in one file is dropped and counted, it is no double capture."""
    sold_while(stage, day, Fault.REPEATS_ROW)


# -- around midnight -------------------------------------------------------------------------


@scenario("P12 -")
def our_clock_is_fast(stage: Stage, day: date) -> Played:
    """Paid at 23:59:57 by Alipay+, on the next day by us."""
    at = day_start(after(day)) - 3 * SECOND - SECOND // 2
    with stage.acting(Fault.OWN_CLOCK_FAST):
        return stage.sell_at(at, wallet=Wallet(stage.psp(), SECOND))


@scenario("T01 P12 -")
def our_clock_is_slow(stage: Stage, day: date) -> Played:
    """Paid at 00:00:01 by Alipay+, the day before by us."""
    at = day_start(after(day)) - 2 * SECOND
    with stage.acting(Fault.OWN_CLOCK_SLOW):
        return stage.sell_at(at, wallet=Wallet(stage.psp(), 3 * SECOND))


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
def resubmitted_after_silence(stage: Stage, day: date) -> Played:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.NOTICE_LOST, Fault.INQUIRY_DOWN):
        first = stage.sell(sale)
    return [first, _resubmitted(stage, sale)]


@scenario("P02", "P11")
def resubmitted_after_failure(stage: Stage, day: date) -> Played:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        first = stage.sell(sale)
    return [first, _resubmitted(stage, sale, same_number=False)]


@scenario("P04", "P11")
def resubmitted_unconfirmed(stage: Stage, day: date) -> Played:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.CONFIRM_LOST):
        first = stage.sell(sale)
    return [first, _resubmitted(stage, sale, same_number=False)]


@scenario("P11")
def sold_twice_under_one_number(stage: Stage, day: date) -> Played:
    sale = _slow_sale(stage, day)
    stage.sell(sale)
    return _resubmitted(stage, sale)


@scenario("P04 -", "P11 -")
def resubmitted_then_refunded(stage: Stage, day: date) -> Played:
    sale = _slow_sale(stage, day)
    with stage.acting(Fault.CONFIRM_LOST):
        first = stage.sell(sale)
    second = _resubmitted(stage, sale)
    stage.void(stage.next_morning(day), first)
    return [first, second]
