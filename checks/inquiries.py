"""Questions to Alipay+ and their answers: each question ended, only signed answers are used, the first result wins.

The list of a day uses the journal's evidence; here the journal is read once more, by another way.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from assets.inquiries.asset import ANSWERS
from assets.states import day_of
from checks.verdict import stops, verdict, warns
from recon.clearing_day import Clock
from recon.inquiry import Answered, Finding, Question
from recon.inquiry.answer import read_reply
from recon.inquiry.evidence import MOST_KEPT, Exchange
from recon.inquiry.history import CHAIN, Kind
from recon.inquiry.verdicts import CHANGED_SINCE, CONCLUDING, NO_ANSWER
from resources.journals.inquiries import InquiryJournal
from resources.published import Published
from resources.settings import Settings

ENDED, SIGNED = "every_question_has_an_answer_or_a_reason", "no_unauthenticated_answer_used"
FITTING, FIRST = "answers_fit_their_questions", "first_result_wins"
ABOUT = {
    ENDED: "Each question led to an answer, or says why there is none.",
    SIGNED: "What the list uses is what a signed reply of Alipay+ says, word for word.",
    FITTING: "No answer names another amount or id or contradicts an earlier one; every reply is signed and readable.",
    FIRST: "The first final answer is used and stored, no later one.",
}
BLOCKING = (SIGNED, FIRST)  # the day does not run again by itself with answers that are in doubt
SPECS = [(stops if name in BLOCKING else warns)(name, ANSWERS.key, text) for name, text in ABOUT.items()]
ROWS_AT_ONCE = 500


@dg.multi_asset_check(name="sound_answers", specs=SPECS)
def sound_answers(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    inquiry_journal: dg.ResourceParam[InquiryJournal],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.AssetCheckResult]:
    """Look at everything that the list of the day uses or will use."""
    day, published = day_of(context), Published.of(settings)
    with published.kept_open():
        items, shown = published.items(day), published.evidence(day)
    history = inquiry_journal.history(day)
    of_day = history.filter(pl.col("as_of_day") == day)
    used = used_answers(items, shown, inquiry_journal.evidence(day))
    replies = replies_of(inquiry_journal, used)
    path = ANSWERS.key.path
    yield verdict(path, ENDED, unfinished(of_day, clock()), questions=of_day.height)
    yield verdict(path, SIGNED, not_signed(used, history, replies), answers=used.height)
    problems = [*unfitting(items, used, inquiry_journal.later_answers(day)), *discarded(items, history)]
    yield verdict(path, FITTING, problems, is_warning=True)
    writes = inquiry_journal.writes().filter(pl.col("as_of_day") <= day)
    yield verdict(path, FIRST, overtaken(used, history, writes), stored=writes.height)


def used_answers(items: pl.DataFrame, shown: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Answers about breaks of the day: those that its list shows, and those that it will show next."""
    columns = [*CHAIN, "answer", "differences", "question_id", "reply_sha256"]
    both = pl.concat([shown.select(columns), kept.select(columns)]).filter(pl.col("answer") != NO_ANSWER)
    return both.unique().join(items, on=CHAIN, how="semi").sort(*CHAIN, "question_id")


def replies_of(journal: InquiryJournal, used: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """What was kept of the replies: question_id -> columns of the journal."""
    names = used["question_id"].drop_nulls().unique(maintain_order=True).to_list()
    parts = (names[place : place + ROWS_AT_ONCE] for place in range(0, len(names), ROWS_AT_ONCE))
    return {row["question_id"]: row for part in parts for row in journal.replies(part)}


def unfinished(history: pl.DataFrame, now: datetime) -> list[str]:
    """Questions that no one asks any more and that did not end."""
    moment = now.astimezone(UTC).replace(tzinfo=None)
    is_lost = pl.col("outcome").is_null() & (pl.col("lease_until") <= moment)
    is_mute = (pl.col("outcome") == Kind.ANSWERED) & pl.col("finding").is_null()
    has_no_reason = pl.col("outcome").is_not_null() & (pl.col("outcome") != Kind.ANSWERED) & pl.col("reason").is_null()
    return [
        f"question {row['ordinal']} about {row['break_id']} by {row['worker']} has neither an answer nor a reason"
        for row in history.filter(is_lost | is_mute | has_no_reason).iter_rows(named=True)
    ]


def not_signed(used: pl.DataFrame, history: pl.DataFrame, replies: dict[str, dict[str, Any]]) -> list[str]:
    """Used answers that are not, word for word, a reply that was found to be signed by Alipay+."""
    asked = history.join(used, on="question_id", how="semi")
    outcomes = {row["question_id"]: row for row in asked.iter_rows(named=True)}
    return [
        f"{row['break_id']}: {problem}"
        for row in used.iter_rows(named=True)
        if (problem := _problem(row, outcomes.get(row["question_id"]), replies.get(row["question_id"])))
    ]


def _problem(used: dict[str, Any], recorded: dict[str, Any] | None, reply: dict[str, Any] | None) -> str:
    if recorded is None or reply is None:
        return "no question in the journal led to the answer that is used"
    if recorded["outcome"] != Kind.ANSWERED or reply["http_status"] != 200:
        return f"the reply that is used was {recorded['outcome']}"
    if used["reply_sha256"] != reply["reply_sha256"] or used["answer"] != recorded["finding"]:
        return "what is used is not what the journal has"
    said = _read_again(recorded, reply)
    if said not in (None, recorded["finding"]):
        return f"the journal says {recorded['finding']}, the reply itself {said}"
    return ""


def _read_again(recorded: dict[str, Any], reply: dict[str, Any]) -> str | None:
    """What the kept text of a reply says; None where it may differ: it was too long to be kept whole, or is REVIEW."""
    if recorded["finding"] == Finding.REVIEW.name or reply["reply_bytes"] > MOST_KEPT:
        return None
    by_request = recorded["asked_by"] == "paymentRequestId"
    question = Question(**{"payment_request_id" if by_request else "payment_id": recorded["asked_id"]})
    body = str(reply["reply_body"]).encode()
    outcome = read_reply(question, body, Exchange(reply["path"], reply["request_body"]))
    return outcome.finding.name if isinstance(outcome, Answered) else "nothing about the payment"


def unfitting(items: pl.DataFrame, used: pl.DataFrame, later: pl.DataFrame) -> list[str]:
    """Answers that a person has to look at."""
    fits_by_now = items.filter(pl.col("answer") == Finding.PAID.name)
    review = (
        used.filter(pl.col("answer") == Finding.REVIEW.name)
        .unique(CHAIN, maintain_order=True)
        .join(fits_by_now, on=CHAIN, how="anti", maintain_order="left")
    )
    outdated = items.filter(pl.col("answer") == Finding.REVIEW.name).join(review, on=CHAIN, how="anti")
    late = later.join(used, on=CHAIN, how="semi")
    return [
        *(f"{row['break_id']}: {row['differences']}" for row in review.iter_rows(named=True)),
        *(f"{name}: {CHANGED_SINCE}" for name in outdated["break_id"].sort()),
        *(
            f"{row['break_id']}: {row['answer']} came after {row['first_answer']} and is not used"
            for row in late.iter_rows(named=True)
        ),
    ]


def discarded(items: pl.DataFrame, history: pl.DataFrame) -> list[str]:
    """Breaks about which the last reply was none of Alipay+'s, or held nothing that can be read."""
    last = history.filter(pl.col("told_seq").is_not_null()).sort("told_seq").unique(CHAIN, keep="last")
    is_alarm = pl.col("outcome").is_in([Kind.UNAUTHENTICATED, Kind.MALFORMED]) | (
        pl.col("finding") == Finding.UNCLEAR.name
    )
    alarms = last.filter(is_alarm).join(items, on=CHAIN, how="semi").sort(CHAIN)
    return [
        f"{row['break_id']}: {row['reason'] or Finding.UNCLEAR.value}; nothing of it is used"
        for row in alarms.iter_rows(named=True)
    ]


def overtaken(used: pl.DataFrame, history: pl.DataFrame, writes: pl.DataFrame) -> list[str]:
    """Final answers that are used or were stored, though another one came first."""
    final = history.filter("is_concluding").sort("told_seq")
    first = final.unique(CHAIN, keep="first", maintain_order=True).select(*CHAIN, "question_id")
    shown = used.filter(pl.col("answer").is_in(CONCLUDING))
    return [*_others(shown, first, "is used"), *_others(writes, first, "was stored in our orders")]


def _others(rows: pl.DataFrame, first: pl.DataFrame, what: str) -> list[str]:
    others = rows.join(first, on=[*CHAIN, "question_id"], how="anti").sort(CHAIN)
    return [f"{name}: another answer than the first final one {what}" for name in others["break_id"]]
