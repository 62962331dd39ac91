"""Faults where one side alone knows a payment: orders lost, successes invented, codes abandoned."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.ogloba_sales import Sale
from sandbox.scenarios.listed import scenario
from sandbox.stage import SLOW, Stage, after


def _rolled_back(stage: Stage, day: date) -> tuple[Sale, str]:
    sale = stage.sale(stage.daytime(day))
    reference = stage.ogloba.new_reference()
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


@scenario("P06", "P17")
def reference_cut_and_unheard(stage: Stage, day: date) -> None:
    """Nothing ties the two sides: the order keeps no payment id, the report no whole reference."""
    sale = stage.sale(stage.daytime(day), wallet=Wallet(stage.psp(), SLOW))
    with stage.acting(Fault.CUTS_REFERENCE, Fault.NOTICE_LOST, Fault.INQUIRY_DOWN):
        row = stage.sell(sale, stage.long_reference())
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
