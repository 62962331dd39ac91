"""Rows of the journal of questions, to and from the file. Nothing is decided here.

Instants are UTC text of one width, so that they compare; lists and headers are JSON.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from recon.inquiry import Answered, Outcome, Unanswered
from recon.inquiry.history import Kind, counts, is_concluding, kind_of
from recon.inquiry.schedule import DueQuestion
from recon.orders import INSTANT
from recon.schema import Schema

INSTANT_TEXT = "%Y-%m-%dT%H:%M:%S.%fZ"
INSTANT_READ = "%Y-%m-%dT%H:%M:%S%.fZ"  # the same for Polars
ROWS_AT_ONCE = 20_000
NOT_INIT = "the order is no longer INIT"
NOT_THERE = "the orders database no longer has the order"


def question_row(question: DueQuestion, worker: str, now: datetime, lease: timedelta) -> dict[str, Any]:
    """A question as it is claimed."""
    expected = question.asked.expected
    return {
        "question_id": question.question_id,
        "break_id": question.break_id,
        "break_code": question.break_code,
        "situation": question.situation,
        "ordinal": question.ordinal,
        "as_of_day": question.as_of_day.isoformat(),
        "source_id": question.source_id,
        "order_key": question.order_key,
        "pay_state": question.pay_state,
        "asked_by": question.asked.asked_by,
        "asked_id": question.asked.asked_id,
        "expected_minor": expected.minor if expected else None,
        "expected_currency": expected.currency if expected else None,
        "worker": worker,
        "claimed_at": as_text(now),
        "lease_until": as_text(now + lease),
    }


def outcome_row(question: DueQuestion, outcome: Outcome, told_at: datetime) -> dict[str, Any]:
    """What became of it, and all that was said."""
    row = {
        "question_id": question.question_id,
        "told_at": as_text(told_at),
        "outcome": kind_of(outcome).value,
        "counts": counts(outcome),
        "is_concluding": is_concluding(outcome),
        "stops_the_run": isinstance(outcome, Unanswered) and outcome.stops_the_run,
    }
    if isinstance(outcome, Unanswered):
        row |= {"reason": outcome.reason.value, "code": outcome.code}
    if isinstance(outcome, Answered):
        row |= _answer(outcome)
    return row | _exchange(outcome)


def _answer(answer: Answered) -> dict[str, Any]:
    amount, settlement = answer.amount, answer.settlement_amount
    return {
        "finding": answer.finding.name,
        "amount_minor": amount.minor if amount else None,
        "currency": amount.currency if amount else None,
        "provider_payment_id": answer.payment_id or None,
        "paid_at": as_text(answer.paid_at) if answer.paid_at else None,
        "settlement_amount_minor": settlement.minor if settlement else None,
        "settlement_currency": settlement.currency if settlement else None,
        "result_code": (answer.payment_result or answer.result).code,
        "differences": "; ".join(answer.differences),
    }


def _exchange(outcome: Outcome) -> dict[str, Any]:
    said = asdict(outcome.exchange)
    lists = {name: as_json(said[name]) for name in ("request_headers", "reply_headers", "earlier")}
    asked_at, seconds = said["asked_at"], said.pop("latency_seconds")
    return said | lists | {"asked_at": as_text(asked_at) if asked_at else None, "latency_ms": round(seconds * 1000)}


def skipped_row(question: DueQuestion, state: str, now: datetime) -> dict[str, Any]:
    """Why it was not sent; `state`: of its order, empty if that is gone."""
    return {
        "question_id": question.question_id,
        "told_at": as_text(now),
        "outcome": Kind.SKIPPED.value,
        "reason": NOT_INIT if state else NOT_THERE,
        "code": state,
        "counts": False,
        "is_concluding": False,
        "stops_the_run": False,
    }


def frame(cursor: sqlite3.Cursor | None, schema: Schema) -> pl.DataFrame:
    """Rows as a table: in parts, so that few rows are Python objects at a time. None are as no rows."""
    stored = {name: _stored_as(kind) for name, kind in schema.items()}
    parts = [pl.DataFrame(schema=stored)]
    while rows := cursor.fetchmany(ROWS_AT_ONCE) if cursor else []:
        parts.append(pl.DataFrame(rows, schema=stored, orient="row"))
    return pl.concat(parts).select(_as_kind(name, kind) for name, kind in schema.items())


def _stored_as(kind: pl.DataType | type[pl.DataType]) -> pl.DataType | type[pl.DataType]:
    if kind == pl.Boolean:
        return pl.Int64
    return pl.String if kind in (INSTANT, pl.Date) else kind


def _as_kind(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    column = pl.col(name)
    if kind == INSTANT:
        return column.str.to_datetime(INSTANT_READ, time_unit="us")
    return column.str.to_date() if kind == pl.Date else column.cast(kind)


def as_text(instant: datetime) -> str:
    """An instant."""
    return instant.astimezone(UTC).strftime(INSTANT_TEXT)


def as_json(value: Mapping[str, Any] | Iterable[str]) -> str:
    """A mapping or a list."""
    plain = dict(value) if isinstance(value, Mapping) else list(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)
