"""What was asked so far, as a table, and what it amounts to: the evidence of a day.

One row per question, in the order in which they were put. A question leads to the outcome of
`recon.inquiry`, to SKIPPED (it was not needed any more) or to INTERRUPTED (whoever asked it died);
without any of them somebody is asking it now. Who stores it: `resources.journals.inquiries`.

A chain is all that was asked about one break in one situation: what both sides said at that time.
The first final answer of a chain is the one that counts; a later one is shown, never used.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import polars as pl

from recon.clearing_day import without_zone
from recon.inquiry import (
    Answered,
    Malformed,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Rejected,
    Unanswered,
    Unauthenticated,
)
from recon.inquiry.verdicts import ANSWER_SCHEMA, CONCLUDING, NO_ANSWER, OF_ANSWER
from recon.orders import INSTANT
from recon.schema import Schema

CHAIN = ["break_id", "situation"]


class Kind(StrEnum):
    """What became of a question."""

    ANSWERED = "ANSWERED"
    NOT_SENT = "NOT_SENT"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    MALFORMED = "MALFORMED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    REJECTED = "REJECTED"
    SKIPPED = "SKIPPED"  # the order is not what it was any more: not sent
    INTERRUPTED = "INTERRUPTED"  # no one knows whether it left


HISTORY_SCHEMA: Schema = {
    "question_id": pl.String,
    "break_id": pl.String,
    "break_code": pl.String,
    "situation": pl.String,
    "ordinal": pl.Int64,  # of the chain, from 1
    "as_of_day": pl.Date,  # the day whose list it was asked for
    "source_id": pl.String,
    "order_key": pl.String,
    "pay_state": pl.String,
    "asked_by": pl.String,  # paymentRequestId or paymentId
    "asked_id": pl.String,
    "worker": pl.String,
    "claimed_at": INSTANT,
    "lease_until": INSTANT,  # until then no one else asks it
    "outcome": pl.String,  # Kind; null while it is being asked
    "finding": pl.String,  # of an answer: the name of a Finding
    "reason": pl.String,  # of no answer, in words
    "code": pl.String,  # what the other side calls it
    "counts": pl.Boolean,  # it left, and it uses up a place of the schedule
    "is_concluding": pl.Boolean,
    "stops_the_run": pl.Boolean,
    "told_seq": pl.Int64,  # order in which outcomes were stored
    "told_at": INSTANT,
    "latency_ms": pl.Int64,
    "attempts": pl.Int64,
    **OF_ANSWER,
    "reply_sha256": pl.String,
}

_KINDS: dict[type[Outcome], Kind] = {
    Answered: Kind.ANSWERED,
    NotSent: Kind.NOT_SENT,
    Malformed: Kind.MALFORMED,
    OutcomeUnknown: Kind.OUTCOME_UNKNOWN,
    Unauthenticated: Kind.UNAUTHENTICATED,
    Rejected: Kind.REJECTED,
}


def without_leases(history: pl.DataFrame) -> pl.DataFrame:
    """The history when it is proved that no one is asking: a lease without an outcome ended when it began."""
    is_open = pl.col("outcome").is_null()
    return history.with_columns(lease_until=pl.when(is_open).then("claimed_at").otherwise("lease_until"))


def leased(history: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The questions that somebody is asking, by their leases (HISTORY_SCHEMA)."""
    moment = without_zone(now)
    return history.filter(pl.col("outcome").is_null(), pl.col("lease_until") > moment)


def kind_of(outcome: Outcome) -> Kind:
    """The word for an outcome."""
    return _KINDS[type(outcome)]


def is_concluding(outcome: Outcome) -> bool:
    """Whether asking again is over: a final answer, or one that a person has to look at."""
    return isinstance(outcome, Answered) and outcome.finding.name in CONCLUDING


def counts(outcome: Outcome) -> bool:
    """Whether the question left. One that was refused because of our keys is asked again when they are repaired."""
    if isinstance(outcome, NotSent):
        return False
    return not (isinstance(outcome, Unanswered) and outcome.stops_the_run)


def evidence_of(history: pl.DataFrame, until_day: date, max_questions: int) -> pl.DataFrame:
    """ANSWER_SCHEMA: one row per chain in which a question left, from the lists of days up to `until_day`.

    The answer is the first concluding one, else the latest one, else NONE. `max_questions`: as the schedule asks.
    """
    left = history.filter(pl.col("as_of_day") <= until_day, pl.col("counts")).sort("told_seq")
    asked = left.group_by(CHAIN, maintain_order=True).agg(
        pl.col("source_id").last(),
        pl.col("order_key").last(),
        pl.len().cast(pl.Int64).alias("asked_count"),
        (~pl.col("is_concluding").any() & (pl.len() < max_questions)).alias("is_planned"),
    )
    answered = left.filter(pl.col("outcome") == Kind.ANSWERED)
    first = answered.filter("is_concluding").unique(CHAIN, keep="first", maintain_order=True)
    latest = answered.unique(CHAIN, keep="last", maintain_order=True).join(first, on=CHAIN, how="anti")
    answers = pl.concat([first, latest]).drop("source_id", "order_key")
    joined = asked.join(answers, on=CHAIN, how="left").with_columns(
        pl.col("finding").fill_null(NO_ANSWER).alias("answer"), pl.col("told_at").alias("answered_at")
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in ANSWER_SCHEMA.items()).sort(CHAIN)


def lost(shown: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Chains of which a list has shown (`shown`) more questions than are still `kept`; both in ANSWER_SCHEMA."""
    counted = shown.group_by(CHAIN).agg(pl.col("asked_count").max())
    both = counted.join(kept.select(*CHAIN, pl.col("asked_count").alias("kept_count")), on=CHAIN, how="left")
    return both.filter(pl.col("kept_count").fill_null(0) < pl.col("asked_count")).sort(CHAIN)


def later_answers(history: pl.DataFrame) -> pl.DataFrame:
    """Concluding answers that say something else than the first one of their chain. None of them is used.

    break_id, situation, question_id, told_at, answer, first_question_id, first_told_at, first_answer.
    """
    values = ["finding", "amount_minor", "currency", "provider_payment_id"]
    final = history.filter("is_concluding").sort("told_seq").with_columns(pl.struct(values).alias("said"))
    first = final.unique(CHAIN, keep="first", maintain_order=True).select(
        *CHAIN,
        pl.col("question_id").alias("first_question_id"),
        pl.col("told_at").alias("first_told_at"),
        pl.col("finding").alias("first_answer"),
        pl.col("said").alias("first_said"),
    )
    return (
        final.join(first, on=CHAIN)
        .filter(pl.col("said").ne_missing(pl.col("first_said")))
        .select(
            *CHAIN,
            "question_id",
            "told_at",
            pl.col("finding").alias("answer"),
            "first_question_id",
            "first_told_at",
            "first_answer",
        )
    )
