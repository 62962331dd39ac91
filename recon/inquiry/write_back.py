"""Which answer of Alipay+ may be stored in our orders database, as what, and what must hold afterwards.

Stored are final answers only, about orders that were INIT when they were asked about, and the first one of each
order: a later one that says something else is recorded, never applied. What is not certain is left to a person.
Who stores it: `assets.inquiries.write_back`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from recon.clearing_day import cancel_deadline
from recon.inquiry import Finding
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.orders import CancelState, ConfirmState, PayState

Row = Mapping[str, Any]
Facets = Mapping[str, Mapping[str, str]]  # canonical column -> raw status -> state

STATE_OF = {
    Finding.PAID.name: PayState.SUCCESS.value,
    Finding.CLOSED.name: PayState.CLOSED.value,
    Finding.FAILED.name: PayState.FAILED.value,
}
SITUATION = "INIT/"  # then the number of report rows, and the reference where that is not the order key
TIMES = ("paid_at", "answered_at", "stored_at", "as_of_utc")
ANSWER_FIELDS = (
    "result_code",
    "provider_payment_id",
    "paid_at",
    "psp_id",
    "settlement_amount_minor",
    "settlement_currency",
)
BOUND_NAMES = ("order_key", "payment_request_id", "pay_state", *ANSWER_FIELDS, "answered_at", "stored_at", "as_of_utc")
KEPT = (
    "source_id", "order_key", "payment_request_id", "merchant_id", "terminal_id", "merchant_txn_no", "amount_minor",
    "currency", "created_at", "confirmed_at", "cancel_state", "cancel_requested_at", "cancel_code", "voided_in_full",
)  # fmt: skip
UNDER_WAY = (CancelState.REQUESTED.value, CancelState.UNKNOWN.value, CancelState.UNMAPPED.value)


class WriteResult(StrEnum):
    """What became of an answer."""

    STORED = "STORED"
    NOT_INIT = "NOT_INIT"  # the order has another result meanwhile: it was not touched
    FOUND = "FOUND"  # a run died before it could say so; the order shows the answer since
    REFUSED = "REFUSED"  # not stored, for a reason; looked at again by the next run
    WOULD_STORE = "WOULD_STORE"  # of a dry run


def final_answers(answers: pl.DataFrame) -> pl.DataFrame:
    """The answers that could be stored, oldest first, as rows of ANSWER_SCHEMA and what else `answers` has.

    `is_late`: another answer about this order came first and said something else, or did not fit. That an earlier
    paymentRequestId of the order was not paid says nothing about the next one.
    """
    if missing := [name for name in ANSWER_SCHEMA if name not in answers.columns]:
        raise ValueError(f"answers have no column {missing[0]}")
    storable = pl.col("answer").is_in(list(STATE_OF))
    final = (
        pl.col("situation").str.starts_with(SITUATION)
        & (storable | (pl.col("answer") == Finding.REVIEW.name))
        & (pl.col("order_key").fill_null("") != "")
    )
    order, said, place = ["source_id", "order_key"], pl.col("answer"), pl.int_range(pl.len())
    reference = pl.col("situation").str.splitn("/", 3).struct[2].fill_null("")
    may_be_paid = said.is_in([Finding.PAID.name, Finding.REVIEW.name])
    is_after_another = (said != said.filter(may_be_paid).first().over(order)) & (
        place > place.filter(may_be_paid).min().over(order)
    )
    is_late = (said != said.first().over(*order, reference)) | is_after_another.fill_null(value=False)
    sorted_ = answers.filter(final).sort("answered_at", "question_id")
    return sorted_.with_columns(is_late.alias("is_late")).filter(storable)


def objection(answer: Row, order: Row) -> str:
    """Why an answer is not stored in this order, which is INIT; empty if there is no objection.

    `asked_reference` of the answer: the paymentRequestId that was asked about, if it was one.
    """
    is_paid = answer["answer"] == Finding.PAID.name
    if answer["differences"]:
        return "the answer does not fit the question"
    if (asked := answer.get("asked_reference")) and asked != order["payment_request_id"]:
        return "the order has another paymentRequestId by now than was asked about"
    amount = (answer["amount_minor"], answer["currency"])
    if (is_paid or amount[0] is not None) and amount != (order["amount_minor"], order["currency"]):
        return "the answer names another amount than the order"
    known, answered = order["provider_payment_id"], answer["provider_payment_id"]
    if known and answered and known != answered:
        return "the answer names another paymentId than the order"
    if is_paid and order["cancel_state"] in UNDER_WAY and answer["answered_at"] <= _cancel_deadline(order):
        return "a cancel of this order is under way, and could still succeed when Alipay+ answered"
    if not is_paid and not f"{answer['situation']}/".startswith(f"{SITUATION}0/"):
        return "the report shows this payment as paid: first Alipay+ has to explain which of the two is right"
    return ""


def _cancel_deadline(order: Row) -> datetime:
    created_at: datetime = order["created_at"]
    return cancel_deadline(created_at.replace(tzinfo=UTC)).replace(tzinfo=None)


def spoiled(wanted: str, before: Row, after: Row) -> list[str]:
    """The columns of an order that are not as they should be after it was stored as `wanted`."""
    wrong = [name for name in KEPT if before[name] != after[name]]
    wrong += ["pay_state"] if after["pay_state"] != wanted else []
    return wrong + ([] if _keeps_sale(wanted, before["confirm_state"], after["confirm_state"]) else ["confirm_state"])


def _keeps_sale(wanted: str, before: str, after: str) -> bool:
    """Only the merchant confirms a sale; a sale without a payment may be cancelled with it."""
    return after == before or (wanted != PayState.SUCCESS and after == ConfirmState.CANCELLED)


def misread(bound: Row, before: Row, after: Row, zone: str) -> list[str]:
    """The stored values that the source shows as something else: a wrong unit, a wrong zone, a wrong column.

    `bound`: values of ANSWER_FIELDS as the answer has them, of the names that were stored. A value that was there may
    stay.
    """
    return [
        name
        for name in ANSWER_FIELDS
        if name in bound
        and after[name] is not None
        and after[name] != before[name]
        and not (_is_instant(bound[name], after[name], zone) if name in TIMES else bound[name] == after[name])
    ]


def _is_instant(stored: datetime | None, shown: datetime, zone: str) -> bool:
    """Sources may keep whole seconds; in the hour that a clock change repeats, local times mean two instants."""
    if stored is None:
        return False
    apart = abs(stored - shown)
    local = stored.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    repeated = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return apart < timedelta(seconds=1) or (repeated and abs(apart - timedelta(hours=1)) < timedelta(seconds=1))


def wrong_state(facets: Facets, words: Mapping[str, str]) -> str:
    """The first state whose word, put into one status column, does not turn each INIT status into it; else empty."""
    pay = facets["pay_state"]
    waiting = [raw.split("|") for raw, state in pay.items() if state == PayState.INIT]
    places = range(min(map(len, waiting), default=0))
    wrong = [[state for state in words if not _all_lead_to(facets, waiting, at, words[state], state)] for at in places]
    if not wrong:
        return next(iter(words))
    return min(wrong, key=len)[0] if all(wrong) else ""


def _all_lead_to(facets: Facets, waiting: list[list[str]], place: int, word: str, state: str) -> bool:
    for parts in waiting:
        before, target = "|".join(parts), "|".join([*parts[:place], word, *parts[place + 1 :]])
        if facets["pay_state"].get(target) != state:
            return False
        if not _keeps_sale(state, facets["confirm_state"][before], facets["confirm_state"][target]):
            return False
    return True
