"""From what the decision tables found to what a clerk reads: severity, amount at risk, deadline, sentence, evidence.

`found` is the relation of `sql/found.sql`. The result has one line per break, in the columns of ITEM_SCHEMA up to
`evidence`, and who sold, where and when (`recon.breaks.parties`); the register then adds age and history.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from recon.breaks.break_id import REPORT_SIDE, BreakId
from recon.breaks.catalogue import (
    CATALOGUE,
    FLAG_ONLY,
    GONE,
    OF_A_PART,
    OF_A_RETURNED_FEE,
    OF_AN_UNKNOWN_RATE,
    OF_TWO_PAYMENTS,
    PAID_WHEN_ASKED,
    STEP_OF_FLAG,
    AtRisk,
    BreakCode,
    Deadline,
    FeeWords,
    State,
    is_returned_fee,
    one_level_down,
)
from recon.breaks.causes import CAUSE_SCHEMA, cause_of
from recon.breaks.parties import PARTY_SCHEMA
from recon.breaks.values import VALUE_SCHEMA
from recon.clearing_day import as_of, cancel_deadline, refund_deadline, report_date
from recon.inquiry.verdicts import CONCLUDING, EXHAUSTED, answer_category, answer_sentence, as_of_now, meaning_of
from recon.listing import capitalize_first
from recon.money import format_money
from recon.orders import INSTANT
from recon.schema import Schema
from recon.tolerance import Tolerance

ITEM_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "break_id": pl.String,  # recon.breaks.break_id
    "family": pl.String,
    "break_code": pl.String,
    "break_name": pl.String,
    "severity": pl.String,
    "state": pl.String,
    "opened_day": pl.Date,
    "age_days": pl.Int32,
    "deadline_at": INSTANT,
    "payment_request_id": pl.String,
    "refund_request_id": pl.String,
    "provider_transaction_id": pl.String,
    "order_amount_minor": pl.Int64,
    "report_amount_minor": pl.Int64,
    "difference_minor": pl.Int64,  # report minus ours, within one currency
    "currency": pl.String,
    "amount_at_risk_minor": pl.Int64,
    "who_acts": pl.String,
    "flags": pl.String,
    "explanation": pl.String,
    "evidence": pl.String,  # JSON: file, version, sha256 and line on the report side, key on ours
    "what_to_do": pl.String,
    "party": pl.String,
    "inquiry": pl.String,
    "report_currency": pl.String,
    "turns_real_day": pl.Date,
    "source_id": pl.String,
    "order_key": pl.String,
    "refund_key": pl.String,
    "partner_key": pl.String,  # the other order, where two are judged together; of a fee its kind
    "first_opened_day": pl.Date,
    "reopened_count": pl.Int32,
    "previous_code": pl.String,
    # Of a payment: our state / number of report rows, / paymentRequestId where that is not the order key. An answer
    # is about one situation.
    "situation": pl.String,
    "answer": pl.String,  # what Alipay+ said when it was asked; null: never asked
    "verdict": pl.String,  # which side the answer confirms
    "asked_count": pl.Int64,
    "answered_at": INSTANT,
    "incident_id": pl.String,  # the break_id of the incident that it is part of
    **PARTY_SCHEMA,
    **VALUE_SCHEMA,
    **CAUSE_SCHEMA,
}
AS_FOUND = (  # columns that an item has as they are in `found`
    "family", "payment_request_id", "refund_request_id", "report_currency", "source_id", "order_key", "refund_key",
    "partner_key", "situation",
)  # fmt: skip
NO_REFERENCE = "-"  # in a break id; the cell of a report that says so is empty
Row = dict[str, Any]
SORT_KEY = ("severity", "deadline_at", "amount_at_risk_minor", "break_id")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # made once: a list may be long


def build_items(
    found: pl.DataFrame,
    files: pl.DataFrame,
    day: date,
    tolerance: Tolerance,
    *,
    is_systematic_shift: bool,
    answers: pl.DataFrame,
    gone: pl.DataFrame,
    opening: pl.DataFrame,
) -> list[Row]:
    """The breaks of a day before the register has aged them.

    `files` holds `file_id, file_name, version, sha256` of every file that a line of `found` names. `answers`: what
    Alipay+ said when it was asked (`recon.inquiry.verdicts.ANSWER_SCHEMA`), one row per break and situation.
    `gone`: source_id, order_key, refund_key, last_seen_day, last_state, status_raw of what our side no longer has
    (`sql/gone.sql`). `opening`: the items of the day before: a break keeps its identity.
    """
    origin = {row["file_id"]: row for row in files.iter_rows(named=True)}
    said = {(row["break_id"], row["situation"]): row for row in answers.iter_rows(named=True)}
    last_seen = {(row["source_id"], row["refund_key"], row["order_key"]): row for row in gone.iter_rows(named=True)}
    rows = [
        row for row in found.iter_rows(named=True)
        if CATALOGUE[row["code"]].state is not State.NOTED or row["noted_day"] == day
    ]  # fmt: skip
    context = _Day(day, as_of(day, tolerance.arrival_grace), tolerance, is_systematic_shift, origin)
    items = []
    for row, identity in zip(rows, _identities(rows, opening), strict=True):
        key = (row["source_id"], row["refund_key"], row["order_key"])
        row["last_seen"] = last_seen.get(key) if row["code"] in GONE else None
        item = _item(row, context) | {"break_id": identity}
        items.append(item | _answered(item, row, said.get((identity, row["situation"]))))
    return items


@dataclass(frozen=True)
class _Day:
    """What all breaks of a day share."""

    day: date
    moment: datetime  # for which the list is made
    tolerance: Tolerance
    is_systematic_shift: bool
    origin: Mapping[str, Row]  # file id -> its name, version and sha256


def _judged(code: str, flags: list[str]) -> BreakCode:
    """The entry that says how grave it is and what is at risk: of what is gone, that of the code it last showed."""
    entry = CATALOGUE[code]
    return next((CATALOGUE[flag] for flag in flags if flag in CATALOGUE), entry) if code in GONE else entry


def _identities(rows: list[Row], opening: pl.DataFrame) -> list[str]:
    """One Alipay+ id under several unknown references: the reference becomes part of the identity.

    Not of the break that was listed alone before; and one that was listed with its reference keeps it.
    """
    plain = [_break_id(row) for row in rows]
    lines_of = Counter(plain)
    listed = opening.select("break_id", "family", "payment_request_id", "refund_request_id").filter(
        pl.col("break_id").str.contains(f"/{REPORT_SIDE}/provider/", literal=True)
    )
    before = {row["break_id"]: _reference(row) for row in listed.iter_rows(named=True)}
    return [
        _identity(identity, _reference(row), before, is_alone=lines_of[identity] == 1)
        for identity, row in zip(plain, rows, strict=True)
    ]


def _reference(row: Row) -> str | None:
    reference: str | None = row["refund_request_id" if row["family"] == "R" else "payment_request_id"]
    return reference


def _identity(plain: str, reference: str | None, before: Mapping[str, str | None], *, is_alone: bool) -> str:
    named = f"{plain}/{reference or NO_REFERENCE}"
    is_plain = named not in before and (is_alone or before.get(plain) == reference)
    return plain if is_plain else named


def _answered(item: Row, row: Row, answer: Mapping[str, Any] | None) -> Row:
    """What an answer of Alipay+ changes in what a clerk reads."""
    code = _judged(row["code"], row["flags"].split()).code
    if answer is None or not CATALOGUE[code].is_asked:
        return {}
    answer = as_of_now(code, answer, row)
    meaning = meaning_of(code, answer_category(code, answer, row), has_report=row["report_amount_minor"] is not None)
    evidence = json.loads(item["evidence"]) | {
        "answer": {"question": answer["question_id"], "sha256": answer["reply_sha256"]}
    }
    known = {
        "severity": meaning.severity or item["severity"],
        "explanation": f"{item['explanation']} {answer_sentence(answer, meaning)}",
        "evidence": _json(evidence),
        "answer": answer["answer"],
        "verdict": str(meaning.verdict),
        "asked_count": answer["asked_count"],
        "answered_at": answer["answered_at"],
    }
    if row["code"] in GONE:  # the answer stays evidence; what has to be done first is not about it
        return known
    planned = bool(answer["is_planned"])
    own = _step_of(row["flags"].split()) if answer["answer"] != "REVIEW" else None
    act = own or meaning.act or item["what_to_do"]
    is_over = not planned and answer["answer"] not in CONCLUDING
    return known | {
        "state": str(State.ASKED) if planned else item["state"],
        "who_acts": meaning.who_acts or item["who_acts"],
        "what_to_do": f"{EXHAUSTED} {act}" if is_over else act,
    }


def _item(row: Row, context: _Day) -> Row:
    entry = CATALOGUE[row["code"]]
    flags = row["flags"].split()
    judged = _judged(entry.code, flags)
    if entry.code == "P12" and context.is_systematic_shift:
        flags.append("SYSTEMATIC")
    created_at = row["created_at"] and row["created_at"].replace(tzinfo=UTC)  # the tables are UTC without a zone
    break_day = _break_day(entry, row, context.tolerance)
    deadline = _deadline(judged, created_at, break_day, context)
    ours, theirs = row["order_amount_minor"], row["report_amount_minor"]
    severity = str(_severity(judged, flags, row, created_at, context))
    currency = row["order_currency"] or row["report_currency"]
    same = row["order_currency"] == row["report_currency"]
    difference = theirs - ours if same and ours is not None and theirs is not None else None
    at_risk = _at_risk(judged, flags, row, difference)
    return {
        "as_of_day": context.day,
        "break_code": entry.code,
        "break_name": entry.name,
        "severity": min(str(entry.severity), severity) if entry.code in GONE else severity,
        "state": str(entry.state),
        "deadline_at": deadline.replace(tzinfo=None) if deadline else None,
        "provider_transaction_id": _alipayplus_id(row),
        "order_amount_minor": ours,
        "report_amount_minor": theirs,
        "difference_minor": difference,
        "currency": currency,
        "amount_at_risk_minor": at_risk,
        "who_acts": _who_acts(entry, flags, row),
        "flags": " ".join(flags),
        "explanation": _explain(entry, flags, row, at_risk, difference, break_day),
        "evidence": _evidence(row, context.origin),
        "what_to_do": entry.act if entry.code in GONE else _step_of(flags) or (_returned(entry, row) or entry).act,
        "party": judged.party if judged.code not in GONE else "",
        "inquiry": entry.inquiry,
        "turns_real_day": break_day,
        "incident_id": row.get("incident_id"),
        "cause": cause_of(row, flags),
    } | {name: row.get(name) for name in (*AS_FOUND, *PARTY_SCHEMA)}


def _alipayplus_id(row: Row) -> object:
    """The id of Alipay+; null where it gave none and our own id is the key."""
    ours = (row["payment_request_id"], row["refund_request_id"])
    is_ours = row["family"] in ("P", "R") and row["provider_transaction_id"] in ours
    return None if is_ours else row["provider_transaction_id"]


def _step_of(flags: list[str]) -> str | None:
    """The step that a flag asks for in place of every other."""
    return next((STEP_OF_FLAG[flag] for flag in flags if flag in STEP_OF_FLAG), None)


def _returned(entry: BreakCode, row: Row) -> FeeWords | None:
    """What a break of a fee says of one that came back; None of every other break."""
    is_returned = entry.code in OF_A_RETURNED_FEE and is_returned_fee(
        row["order_amount_minor"], row["report_amount_minor"]
    )
    return OF_A_RETURNED_FEE[entry.code] if is_returned else None


def _break_id(row: Row) -> str:
    kind = row["key_kind"]
    column = {"order": "order_key", "refund": "refund_key"}.get(kind, "provider_transaction_id")
    key, source = row[column], REPORT_SIDE if kind in ("provider", "fee") else row["source_id"]
    if kind == "fee":
        key = f"{key}:{row['partner_key']}"
    return str(BreakId(row["family"], source, kind, key))


def _break_day(entry: BreakCode, row: Row, tolerance: Tolerance) -> date | None:
    ref_day: date | None = row["ref_day"]
    if entry.state is not State.WAITING or ref_day is None:
        return None
    if entry.family == "B":  # the contract says when a batch is due: nothing is added
        return ref_day
    return ref_day + timedelta(days=tolerance.late_cycles)


def _deadline(entry: BreakCode, created_at: datetime | None, break_day: date | None, context: _Day) -> datetime | None:
    if break_day is not None:
        return as_of(break_day, context.tolerance.arrival_grace)
    if created_at is None or entry.deadline in (Deadline.NONE, Deadline.BECOMES_A_BREAK, Deadline.AS_LAST_SEEN):
        return None
    if entry.deadline is Deadline.CANCEL_THEN_REFUND and context.moment <= cancel_deadline(created_at):
        return cancel_deadline(created_at)
    return refund_deadline(created_at)


def _severity(entry: BreakCode, flags: list[str], row: Row, created_at: datetime | None, context: _Day) -> str:
    if "MONEY_BACK" in flags:
        return one_level_down(entry.severity)
    if entry.code == "P04" and created_at is not None:
        warning_at = refund_deadline(created_at) - context.tolerance.refund_warning
        is_near = context.moment <= cancel_deadline(created_at) or context.moment >= warning_at
        return "S1" if is_near else entry.severity
    if entry.code == "P11" and row["is_unsure"]:
        return "S1"
    if entry.code == "P12" and "SYSTEMATIC" in flags:
        return "S3"
    return entry.severity


def _who_acts(entry: BreakCode, flags: list[str], row: Row) -> str:
    if "SCALE" in flags:
        return "DEV"
    if entry.code == "P03" and row["cancel_state"] == "SUCCESS":
        return "A+"
    return entry.who_acts


def _at_risk(entry: BreakCode, flags: list[str], row: Row, difference: int | None) -> int:
    ours, theirs = row["order_amount_minor"] or 0, row["report_amount_minor"] or 0
    if None not in (codes := (row["order_currency"], row["report_currency"])) and codes[0] != codes[1]:
        theirs = ours  # the amount at risk is given in the currency of our order
    if "BEFORE_REPORT" in flags:
        theirs = ours  # the answer fits our amount, or it would be REVIEW
    refunded, excess = row["refunded_minor"] or 0, row["excess_minor"] or 0
    amounts: dict[AtRisk, int] = {
        AtRisk.NONE: 0,
        AtRisk.AS_LAST_SEEN: 0,  # it showed no break
        AtRisk.ORDER: abs(ours or theirs),
        AtRisk.REPORT: max(theirs - refunded, 0),
        AtRisk.DIFFERENCE: abs(difference) if difference is not None else theirs or ours,
        AtRisk.REMAINDER: max(ours - refunded, 0),
        AtRisk.EXCESS: excess,
    }
    return amounts[entry.at_risk]


def _explain(
    entry: BreakCode, flags: list[str], row: Row, at_risk: int, difference: int | None, break_day: date | None
) -> str:
    def money(minor: int | None, currency: str | None) -> str:
        return format_money(minor, currency) if minor is not None and currency is not None else "an amount"

    our_minor, their_minor = row["order_amount_minor"], row["report_amount_minor"]
    sentence = PAID_WHEN_ASKED if "BEFORE_REPORT" in flags else entry.sentence
    if entry.code == "R08" and "OTHER_PAYMENT" in flags:
        sentence = OF_TWO_PAYMENTS
    if our_minor is None:
        sentence = OF_AN_UNKNOWN_RATE.get(entry.code, sentence)
    elif their_minor is not None:
        sentence = OF_A_PART.get(entry.code, sentence)
    if returned := _returned(entry, row):
        sentence, our_minor, their_minor = returned.sentence, abs(our_minor or 0), abs(their_minor)
    ours, theirs = money(our_minor, row["order_currency"]), money(their_minor, row["report_currency"])
    sentence = sentence.format(
        order=ours if ours != "an amount" else theirs,
        report=theirs if theirs != "an amount" else ours,
        difference=money(abs(difference) if difference is not None else None, row["order_currency"]),
        at_risk=money(at_risk, row["order_currency"] or row["report_currency"]),
        count=row.get("member_count"),
        where=row["partner_key"],
    )
    flag_texts = [FLAG_ONLY[flag] for flag in flags if flag in FLAG_ONLY and flag != "BEFORE_REPORT"]
    notes = [f"{capitalize_first(text)}." for text in flag_texts]
    also = [f"{flag}, {CATALOGUE[flag].words}" for flag in flags if flag in CATALOGUE]
    if entry.code in GONE:
        notes.insert(0, _as_last_seen(row["last_seen"], also))
    elif also:
        notes.append(f"It also shows {'; '.join(also)}.")
    if _judged(entry.code, flags).code == "P11":
        notes.append(f"The earlier order is {row['partner_key']}.")
    if "OTHER_PAYMENT" in flags:
        notes.append(f"It is order {row['partner_key']}.")
    if "NEAR" in flags:
        notes.append(f"Look at order {row['partner_key']}.")
    if break_day and entry.family == "B":
        notes.append(f"Its settlement day is {report_date(break_day):%Y-%m-%d}.")
    elif break_day:
        notes.append(f"It becomes a break on {break_day:%Y-%m-%d}.")
    return " ".join([sentence, *notes])


def _as_last_seen(last_seen: Row | None, shown: list[str]) -> str:
    """The sentence on the last known state of what is gone; `shown`: the codes that it shows in that state."""
    codes = "; ".join(shown) or "no break"
    if last_seen is None:
        return f"Judged as it was last seen: {codes}."
    state = f"{last_seen['last_state']}, stored as {last_seen['status_raw']}"
    return f"Judged as it was last seen, on {last_seen['last_seen_day']:%Y-%m-%d} ({state}): {codes}."


def _evidence(row: Row, origin: Mapping[str, Row]) -> str:
    report = []
    for place in (row["lines"] or "").split():
        file_id, line = place.rsplit(":", 1)
        file = origin[file_id]
        report.append(
            {"file": file["file_name"], "version": file["version"], "sha256": file["sha256"], "line": int(line)}
        )
    ours = {
        name: row[name] for name in ("source_id", "order_key", "refund_key", "partner_key")
        if row[name] is not None and row["family"] != "C"
    }  # fmt: skip
    seen = row["last_seen"]
    if seen is None:
        return _json({"report": report, "ours": ours})
    kept = ("last_seen_day", "last_state", "status_raw")
    return _json({"report": report, "ours": ours, "gone": {name: str(seen[name]) for name in kept}})


def _json(value: Row) -> str:
    return _ENCODER.encode(value)
