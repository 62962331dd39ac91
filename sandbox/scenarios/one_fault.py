"""Scenarios in which nothing happens but that faults act, while a plain sale is made, or the void of one."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.instants import SECOND, moment
from sandbox.messages import Wallet
from sandbox.scenarios.listed import SCENARIOS, Played, Scenario
from sandbox.scenarios.steps import UNHEARD, sold_while, voided_while
from sandbox.stage import SLOW, Stage
from sandbox.truth import NOT_REPORTED


def _sale(name: str, codes: str, fault: Fault, *, several_sets: bool = False, **wishes: object) -> None:
    """`codes`: what the order deserves."""
    SCENARIOS.append(Scenario(name, lambda stage, day: sold_while(stage, day, fault, **wishes), (codes,), several_sets))


def _slow(
    name: str,
    codes: str,
    *faults: Fault,
    pays_after: int | None = SLOW,
    declines: bool = False,
    clock: tuple[int, int, int] | None = None,
) -> None:
    """The same where the wallet takes its time, None is for ever. `clock`: when it is; None is some time of the day."""

    def act(stage: Stage, day: date) -> Played:
        with stage.acting(*faults):
            at = moment(day, *clock) if clock else stage.daytime(day)
            return stage.sell_at(at, wallet=Wallet(stage.psp(), pays_after, declines))

    SCENARIOS.append(Scenario(name, act, (codes,), False))


def _void(name: str, codes: str, *faults: Fault, share: int = 100) -> None:
    """`codes`: what the refund deserves; `share`: hundredths of the sale."""
    SCENARIOS.append(Scenario(name, lambda stage, day: voided_while(stage, day, *faults, share=share), (codes,), False))


_sale("confirm_lost", "P04", Fault.CONFIRM_LOST)
_sale("wallet_gave_discount", "P08", Fault.KEEPS_LESS)
_sale("captured_twice", "P10", Fault.CAPTURES_TWICE)
_sale("cleared_in_two_agreements", "P10", Fault.CLEARS_TWICE, several_sets=True, currency="EUR")
_sale("cleared_under_other_agreement", "P14", Fault.CLEARS_ELSEWHERE, several_sets=True, currency="EUR")
_sale("new_payment_status", "P16", Fault.NEW_PAY_STATUS)
_sale("new_sale_status", "P16", Fault.NEW_SALE_STATUS)
_sale("pay_request_lost", "P17", Fault.PAY_REQUEST_LOST)  # Alipay+ has no record of the payment
_sale("payment_id_replaced", "P18", Fault.NEW_PAYMENT_ID)
_sale("left_out_of_reports", NOT_REPORTED, Fault.LEAVES_OUT_PAYMENT)
_sale("paid_under_other_participant", NOT_REPORTED, Fault.BOOKS_ELSEWHERE)

_slow("notice_lost", "P01", *UNHEARD)
_slow("notice_lost_over_midnight", "P17 P01", *UNHEARD, pays_after=100 * SECOND, clock=(23, 59, 10))
_slow("declined_unheard", "P17", *UNHEARD, declines=True)
_slow("declined_unheard_but_cleared", "P01", Fault.CLEARS_DECLINED, *UNHEARD, declines=True)
_slow("declined_but_cleared", "P02", Fault.CLEARS_DECLINED, declines=True)
# Paid, but less than we asked for: no one may store that answer without looking.
_slow(
    "discount_unheard_over_midnight", "P17 P01", Fault.KEEPS_LESS, *UNHEARD,
    pays_after=100 * SECOND, clock=(23, 59, 10),
)  # fmt: skip
_slow("timeout_stored_as_failure", "P02", Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED)
_slow(
    "timeout_over_midnight", "- P02", Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED,
    pays_after=50 * SECOND, clock=(23, 59, 30),
)  # fmt: skip
_slow("code_abandoned", "P17", pays_after=None)
# The customer never paid: the answered question was taken for a paid order.
_slow("false_success_of_open_code", NOT_REPORTED, Fault.READS_RESULT_FOR_PAYMENT, pays_after=None)

_void("void_failed_with_alert", "R01", Fault.VOID_FAILS)
_void("died_before_void", "R01", Fault.DIES_BEFORE_VOID, share=40)  # no alert: only the reconciliation can see it
_void("voided_though_unclear", "R02", Fault.REFUND_REQUEST_LOST, Fault.VOIDS_ANYWAY)
_void("refund_flag_stale", "R03s -", Fault.REFUND_ANSWER_LOST, Fault.VOIDS_ANYWAY)
_void("refund_forgotten", "T02 T02 R05", Fault.REFUND_FORGOTTEN)
_void("refund_of_whole_sale_sent", "R06", Fault.REFUND_SENDS_WHOLE_SALE, share=30)
_void("refunded_twice_by_provider", "R10", Fault.DOUBLE_REFUND, share=30)
_void("new_refund_status", "R16", Fault.NEW_REFUND_STATUS)
