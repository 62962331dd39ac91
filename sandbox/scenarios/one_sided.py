"""Faults where one side alone knows a payment: orders lost, successes invented, codes abandoned."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.ogloba_sales import Sale
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.steps import UNHEARD
from sandbox.stage import SLOW, Stage
from sandbox.truth import NOT_REPORTED, Struck


def _paid(stage: Stage, reference: str, sale: Sale) -> Struck:
    """The payment of a sale, as Alipay+ knows it."""
    paid = stage.alipayplus.payments[reference]
    return Struck("P", "provider", paid.payment_id, paid.amount, sale.currency)


def rolled_back(stage: Stage, sale: Sale) -> tuple[str, Struck]:
    """A sale that Ogloba forgets: its reference, and the payment that is left."""
    reference = stage.ogloba.new_reference()
    with stage.acting(Fault.ROLLS_BACK_ORDER):
        stage.ogloba.redeem(sale, reference)
    return reference, _paid(stage, reference, sale)


@scenario("P06")
def order_rolled_back(stage: Stage, day: date) -> Played:
    return rolled_back(stage, stage.sale(stage.daytime(day)))[1]


@scenario("P06 -")
def order_rolled_back_then_restored(stage: Stage, day: date) -> Played:
    sale = stage.sale(stage.daytime(day))
    reference, paid = rolled_back(stage, sale)
    row = stage.ogloba.restore(stage.next_morning(day), sale, reference)
    stage.ogloba.confirm(row.upd_tm + MINUTE, row)
    return paid


@scenario("P06", "P17")
def reference_cut_and_unheard(stage: Stage, day: date) -> Played:
    """Nothing ties the two sides: the order keeps no payment id, the report no whole reference."""
    sale = stage.sale(stage.daytime(day), wallet=Wallet(stage.psp(), SLOW))
    with stage.acting(Fault.CUTS_REFERENCE, *UNHEARD):
        row = stage.sell(sale, stage.long_reference())
    return [_paid(stage, row.ref_no, sale), row]


def _false_success(stage: Stage, day: date) -> Redemption:
    """The wallet declines; Ogloba takes the answered question for a paid order."""
    with stage.acting(Fault.READS_RESULT_FOR_PAYMENT):
        wallet = Wallet(stage.psp(), 10 * SECOND, declines=True)
        return stage.sell_at(stage.daytime(day), wallet=wallet)


@scenario(NOT_REPORTED)
def false_success(stage: Stage, day: date) -> Played:
    return _false_success(stage, day)


@scenario(NOT_REPORTED)
def false_success_dropped(stage: Stage, day: date) -> Played:
    with stage.acting(Fault.CONFIRM_LOST):
        row = _false_success(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    return row


def confirmed_unchecked(stage: Stage, row: Redemption) -> Redemption:
    """The sale is confirmed although no result of the payment is stored."""
    with stage.acting(Fault.CONFIRM_UNCHECKED):
        stage.ogloba.confirm(row.upd_tm + 30 * SECOND, row)
    return row


@scenario("P19")
def declined_but_confirmed(stage: Stage, day: date) -> Played:
    wallet = Wallet(stage.psp(), SECOND, declines=True)
    return confirmed_unchecked(stage, stage.sell_at(stage.daytime(day), wallet=wallet))


@scenario("P19")
def unpaid_but_confirmed(stage: Stage, day: date) -> Played:
    wallet = Wallet(stage.psp(), None)
    return confirmed_unchecked(stage, stage.sell_at(stage.daytime(day), wallet=wallet))
