"""What an alert of each cause says: what happened, where, what to do. From plain values, for people.

No id of a payment, order or customer is in a text: it may go through a chat service. The list has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import polars as pl

from recon.alerts import PAGES, AlertCondition, AlertText, Cause, one_line
from recon.breaks.at_risk import money_at_risk
from recon.breaks.catalogue import Severity
from recon.breaks.causes import ACTION
from recon.clearing_day import CLEARING_ZONE
from recon.file_calendar import CALENDAR, WANTING
from recon.inquiry import Finding
from recon.inquiry.history import CHAIN, Kind
from recon.listing import are, counted
from recon.orders import INSTANT
from recon.runbook import act_of, section_of
from recon.schema import Schema
from views.wording import actor, money

URGENT_SCHEMA: Schema = {  # what alerts read of the list of breaks, the most urgent first
    "break_id": pl.String,
    "reopened_count": pl.Int32,
    "family": pl.String,
    "break_code": pl.String,
    "break_name": pl.String,
    "severity": pl.String,
    "state": pl.String,
    "deadline_at": INSTANT,
    "currency": pl.String,
    "amount_at_risk_minor": pl.Int64,
    "value_minor": pl.Int64,
    "flags": pl.String,
    "who_acts": pl.String,
    "what_to_do": pl.String,
    "explanation": pl.String,
}
LISTED_SCHEMA: Schema = {"break_id": pl.String, "situation": pl.String, "answer": pl.String}  # as in ITEM_SCHEMA
MOST_LINES = 8
INCIDENTS = "I"  # family
BREAK_ID = re.compile(r"(?<![\w/])[A-Z]/\w+/\w+/[^\s:;,]+")
S1, S2, S3 = Severity.S1, Severity.S2, Severity.S3


def incomplete_day(day: date, reason: str | None, run_id: str = "") -> AlertCondition:
    """`reason`: why the day is incomplete, None if it is proved."""
    text = AlertText(
        f"The clearing day {day} is incomplete",
        f"The clearing day {day} did not prove itself: {_reason(reason or '')}",
        f"{act_of(reason or '')} Then: recon run --day {day}. No list of breaks was published for this day.",
        run_id,
        section_of(reason or ""),
    )
    names = frozenset() if reason is None else frozenset({str(day)})
    return AlertCondition(Cause.DAY_INCOMPLETE, day, names, S2, lambda _: text, is_of_day=True)


def failed_job(job: str, day: date, reason: str | None, run_id: str, command: str) -> AlertCondition:
    """`reason`: why its newest run of the day failed, None if it succeeded."""
    text = AlertText(
        f"The job {job} of {day} failed",
        f"The job {job} of {day} failed: {_reason(reason or '')}",
        f"Open the run, repair the cause, then: {command} --day {day}. An earlier result of the day still counts.",
        run_id,
        section_of(reason or "", PAGES[Cause.JOB_FAILED]),
    )
    names = frozenset() if reason is None else frozenset({f"{job}/{day}"})
    return AlertCondition(Cause.JOB_FAILED, day, names, S2, lambda _: text, subject=job, is_of_day=True)


def late_files(calendar: pl.DataFrame, day: date) -> AlertCondition:
    """Reports that should be there by now. `calendar`: CALENDAR; `day`: the clearing day for which it is reported."""
    rows = _wanting(calendar)

    def text_for(names: frozenset[str]) -> AlertText:
        lines = [_file_line(rows[name]) for name in sorted(names)]
        return AlertText(
            f"{counted(len(names), 'report')} of Alipay+ {are(len(names))} late",
            listed_lines(f"Not on the server in time, or not whole ({len(names)}):", lines),
            "If no run of the day has begun, see whether the Dagster daemon and its schedule are on. Else wait: the "
            "sensor late_files runs the day when they come. From the third day on write to Alipay+.",
        )

    return AlertCondition(Cause.FILES_LATE, day, frozenset(rows), S3, text_for)


def files_near_loss(calendar: pl.DataFrame, day: date, days_left: int) -> AlertCondition:
    """Late reports that the server keeps no longer than `days_left` more days."""
    rows = {name: row for name, row in _wanting(calendar).items() if int(str(row["days_left"] or 0)) <= days_left}

    def text_for(names: frozenset[str]) -> AlertText:
        lines = [f"{_file_line(rows[name])}, {_kept(rows[name]['days_left'])}" for name in sorted(names)]
        return AlertText(
            f"{counted(len(names), 'report')} of Alipay+ {are(len(names))} about to be lost",
            listed_lines(f"Not landed, and the server deletes them after seven days ({len(names)}):", lines),
            "Write to Alipay+ now, or download them from the Partner Workspace and land them: "
            "recon land --from <folder> --day <clearing day>.",
        )

    return AlertCondition(Cause.FILES_NEAR_LOSS, day, frozenset(rows), S2, text_for)


def state_not_stored(day: date, problem: str) -> AlertCondition:
    """`problem`: what the last attempt to bring the state to the object store said; empty if it is there."""
    text = AlertText(
        "The state is not in the object store",
        f"What the last run left is kept on its machine only: {_reason(problem)}",
        f"{act_of(problem)} The next run stores what is missing.",
        section=section_of(problem, PAGES[Cause.STATE_NOT_STORED]),
    )
    names = frozenset({"state"}) if problem else frozenset()
    return AlertCondition(Cause.STATE_NOT_STORED, day, names, S2, lambda _: text)


def opened_s1(urgent: pl.DataFrame, day: date, *, can_end: bool = True) -> AlertCondition:
    """S1 breaks of a list (URGENT_SCHEMA) that no one was notified about."""
    rows = _named(urgent.filter(pl.col("severity") == "S1", pl.col("family") != INCIDENTS))

    def text_for(names: frozenset[str]) -> AlertText:
        new = _of(rows, names)
        return AlertText(
            f"{counted(len(names), 'break')} of severity S1 on {day}",
            listed_lines(f"New since the last message, {at_risk_text(new)}:", by_action(new)),
            "Open the list of breaks and work from the top; each line says who acts and what to do.",
        )

    return AlertCondition(Cause.S1_OPENED, day, frozenset(rows["name"]), S1, text_for, can_end=can_end)


def incidents(urgent: pl.DataFrame, day: date, *, can_end: bool = True) -> AlertCondition:
    """Incidents of a list: one cause with a hundred breaks or more."""
    rows = _named(urgent.filter(pl.col("family") == INCIDENTS))

    def text_for(names: frozenset[str]) -> AlertText:
        new = _of(rows, names)
        lines = [f"{row['break_code']} {row['break_name']}: {row['explanation']} {row['what_to_do']}"
                 for row in new.iter_rows(named=True)]  # fmt: skip
        return AlertText(
            f"{counted(len(names), 'incident')} on {day}",
            listed_lines("One cause made many breaks:", lines),
            "Repair the cause, then run the day again. Its breaks one by one: incident_rows.csv.",
        )

    worst = Severity(str(rows["severity"].min() or S1))
    return AlertCondition(Cause.INCIDENT, day, frozenset(rows["name"]), worst, text_for, can_end=can_end)


def near_deadlines(urgent: pl.DataFrame, day: date, until: datetime, *, can_end: bool = True) -> AlertCondition:
    """Open breaks whose deadline is not later than `until`."""
    limit = until.astimezone(UTC).replace(tzinfo=None)
    is_near = pl.col("deadline_at").is_not_null() & (pl.col("deadline_at") <= limit)
    near = _named(urgent.filter(is_near, pl.col("state").is_in(["OPEN", "ASKED"])))
    rows = near.with_columns(name=pl.format("{}@{}", "name", "deadline_at"))  # another deadline is news

    def text_for(names: frozenset[str]) -> AlertText:
        new = _of(rows, names)
        first = new["deadline_at"].min()
        assert isinstance(first, datetime)
        return AlertText(
            f"{counted(len(names), 'break')} with a deadline until {_moment(limit)}",
            listed_lines(f"The first deadline is {_moment(first)}, {at_risk_text(new)}:", by_action(new)),
            "Act before the deadline: after it Alipay+ cancels or refunds no more. The list has each deadline.",
        )

    return AlertCondition(Cause.DEADLINE_NEAR, day, frozenset(rows["name"]), S2, text_for, can_end=can_end)


def doubtful_answers(history: pl.DataFrame, listed: pl.DataFrame, day: date, *, can_end: bool = True) -> AlertCondition:
    """Breaks of a list (LISTED_SCHEMA) whose last answer was not signed, or does not fit.

    What was asked before order or report changed is over, and so is an answer that fits by now: the list shows it as
    paid. `history`: HISTORY_SCHEMA of `recon.inquiry.history`.
    """
    ended = history.filter(pl.col("told_at").is_not_null()).join(listed.rename({"answer": "shown"}), on=CHAIN)
    last = ended.sort("ordinal").unique(CHAIN, keep="last", maintain_order=True)
    unsigned = pl.col("outcome") == Kind.UNAUTHENTICATED
    why = pl.when(unsigned).then(pl.lit("unsigned")).otherwise(pl.lit("review"))
    is_unfit = (pl.col("finding") == Finding.REVIEW.name) & pl.col("shown").ne_missing(Finding.PAID.name)
    doubtful = last.filter(unsigned | is_unfit)
    rows = doubtful.with_columns(name=pl.concat_str(*CHAIN, why, separator="|"))

    def text_for(names: frozenset[str]) -> AlertText:
        replies = sum(name.endswith("|unsigned") for name in names)
        answers = len(names) - replies
        parts = (
            (replies, f"{counted(replies, 'reply', 'replies')} not signed by the key of Alipay+ that we hold"),
            (answers, f"{counted(answers, 'answer')} with another amount or id than the question"),
        )
        return AlertText(
            f"{counted(len(names), 'answer')} of Alipay+ in doubt on {day}",
            f"{' and '.join(text for count, text in parts if count)}. Nothing of it was used.",
            "Not signed: compare the public key with the Developer Center, then ask again. Other amount or id: touch "
            "nothing; compare order, report and answer (recon trail), and write to Alipay+.",
        )

    return AlertCondition(Cause.ANSWER_IN_DOUBT, day, frozenset(rows["name"]), S1, text_for, can_end=can_end)


def refused_questions(day: date, stopped: str, run_id: str) -> AlertCondition:
    """`stopped`: why the newest run that asked ended early, or empty."""
    text = AlertText(
        "Alipay+ cannot be asked",
        f"Asking about {day} stopped: {_reason(stopped)}. The questions stay due.",
        f"Look the reason up on the runbook page. Then ask by hand, without the pause: recon inquire --day {day}",
        run_id,
    )
    names = frozenset({"asking"}) if stopped else frozenset[str]()
    return AlertCondition(Cause.API_REFUSES, day, names, S2, lambda _: text)


def refused_writes(day: date, refused: Sequence[Mapping[str, object]], run_id: str) -> AlertCondition:
    """`refused`: source_id, order_key, reason of the answers that the newest run did not store."""
    rows = {f"{row['source_id']}/{row['order_key']}": row for row in refused}

    def text_for(names: frozenset[str]) -> AlertText:
        reasons = [f"{rows[name]['source_id']}: {_reason(str(rows[name]['reason']))}" for name in names]
        lines = [f"{reasons.count(text)} in {text}" for text in sorted(set(reasons))]
        return AlertText(
            f"{counted(len(names), 'answer')} not stored in our orders",
            listed_lines(f"Answers of Alipay+ about {day} that were refused:", lines),
            "Open the run: its table write_back names each order. Settle it by hand; the next run looks at it again.",
            run_id,
        )

    return AlertCondition(Cause.WRITE_REFUSED, day, frozenset(rows), S2, text_for)


# -- words -----------------------------------------------------------------------------------


def _reason(text: str) -> str:
    """One line; the identity of a break holds the id of a payment, and stays in the run."""
    return one_line(BREAK_ID.sub("a break", text))


def _wanting(calendar: pl.DataFrame) -> dict[str, dict[str, object]]:
    rows = calendar.select(*CALENDAR).filter(pl.col("state").is_in(WANTING))
    key = ("report_date", "participant_agreement_id", "settlement_currency", "kind")
    return {"/".join(str(row[part]) for part in key): row for row in rows.iter_rows(named=True)}


def _file_line(row: Mapping[str, object]) -> str:
    kind = str(row["kind"]).replace("_", " ")
    note = f" ({row['note']})" if row["note"] else ""
    return (
        f"{kind} of {row['report_date']}, agreement {row['participant_agreement_id']} in {row['settlement_currency']}, "
        f"{str(row['state']).lower()}{note}"
    )


def _kept(days: object) -> str:
    left = int(str(days or 0))
    return f"kept {counted(left, 'more day')}" if left else "the server may have lost it"


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """A break that was reopened is news again."""
    return rows.with_columns(name=pl.concat_str("break_id", pl.lit("@"), pl.col("reopened_count").fill_null(0)))


def _of(rows: pl.DataFrame, names: frozenset[str]) -> pl.DataFrame:
    return rows.filter(pl.col("name").is_in(list(names)))


def by_action(rows: pl.DataFrame) -> list[str]:
    """One line for each break code, who acts and what to do, in the order of the breaks (URGENT_SCHEMA)."""
    return [
        f"{part.height} x {part['break_code'][0]} {part['break_name'][0]} ({actor(part['who_acts'][0])}), "
        f"{at_risk_text(part)}. {part['what_to_do'][0] or ''}".rstrip()
        for part in rows.partition_by(*ACTION, maintain_order=True)
    ]


def at_risk_text(rows: pl.DataFrame) -> str:
    """The money at risk of breaks (URGENT_SCHEMA), each currency for itself, figures in doubt apart."""
    sums = money_at_risk(rows).rows(named=True)
    amounts = [money(row["amount_at_risk_minor"], row["currency"]) for row in sums if row["at_risk_count"]]
    doubts = [money(row["in_doubt_minor"], row["currency"]) for row in sums if row["in_doubt_count"]]
    text = f"{', '.join(amounts)} at risk" if amounts else "no money at risk"
    return f"{text}; in doubt: {', '.join(doubts)}" if doubts else text


def listed_lines(head: str, lines: Sequence[str]) -> str:
    """A line and the lines below it, at most MOST_LINES."""
    more = len(lines) - MOST_LINES
    tail = [f"- and {more} more"] if more > 0 else []
    return "\n".join([head, *(f"- {one_line(line)}" for line in lines[:MOST_LINES]), *tail])


def _moment(at: datetime) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(CLEARING_ZONE):%Y-%m-%d %H:%M} UTC+8"
