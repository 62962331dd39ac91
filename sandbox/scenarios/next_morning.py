"""Scenarios that go on after the run of their day: on the next morning somebody repairs them, or makes them worse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sandbox.instants import MINUTE
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios import one_fault, one_sided, payments, refunds
from sandbox.scenarios.listed import SCENARIOS, Played, Scenario
from sandbox.stage import Stage

BEGUN = (one_fault, one_sided, payments, refunds)  # so that the scenarios that go on are on the list


def _then(begun: str, name: str, codes: str, act: Callable[[Stage, int, Any], object]) -> None:
    """What is done about the row of a scenario; `codes`: what it deserves then."""
    (begin,) = (each.act for each in SCENARIOS if each.name == begun)

    def play(stage: Stage, day: date) -> Played:
        row = begin(stage, day)
        act(stage, stage.next_morning(day), row)
        return row

    SCENARIOS.append(Scenario(name, play, (codes,), False))


def _stored_by_hand(stage: Stage, at: int, row: Redemption) -> None:
    stage.ogloba.store_by_hand(at, row)
    stage.ogloba.confirm(at + 5 * MINUTE, row)


def _refunded_by_support(stage: Stage, at: int, row: Redemption) -> None:
    """The money goes back, the status stays wrong: the code stays too."""
    stage.ogloba.void(at, row.ref_no, row.amt, "SUPPORT")


def _refunded_in_workspace(stage: Stage, at: int, row: Redemption) -> None:
    stage.alipayplus.refund_in_workspace(at, row.ref_no, row.amt)


_then("notice_lost", "notice_lost_then_stored", "P01 -", _stored_by_hand)
_then("timeout_stored_as_failure", "timeout_then_reopened", "P02 -", _stored_by_hand)
_then("timeout_stored_as_failure", "timeout_then_refunded", "P02", _refunded_by_support)
_then("cancel_raced_success", "cancel_raced_then_refunded", "P03 P20 -", _refunded_in_workspace)
_then("till_closed_after_midnight", "cancelled_late_then_refunded", "R14 -", Stage.void)
_then("confirm_lost", "confirm_lost_then_confirmed", "P04 -", lambda stage, *at: stage.ogloba.confirm(*at))
_then("confirm_lost", "confirm_lost_then_purged", "P04 P21", lambda stage, *at: stage.ogloba.purge(*at))
_then("confirm_lost", "confirm_lost_then_refunded", "P04 -", Stage.void)
_then("sale_dropped", "sale_dropped_then_refunded", "P05 -", Stage.void)
_then("code_abandoned", "code_abandoned_then_closed", "P17 -", lambda stage, *at: stage.ogloba.give_up(*at))
_then(
    "declined_but_confirmed", "declined_but_confirmed_then_dropped", "P19 -",
    lambda stage, *at: stage.ogloba.drop_sale(*at),
)  # fmt: skip
_then("void_failed_with_alert", "void_failed_then_rerun", "R01 -", lambda stage, *at: stage.ogloba.mark_voided(*at))
_then("void_failed_with_alert", "void_failed_then_purged", "R01 R17", lambda stage, *at: stage.ogloba.purge(*at))
_then("voided_by_hand", "voided_by_hand_then_refunded", "R02 R11 -", lambda stage, *at: stage.ogloba.repeat_refund(*at))
