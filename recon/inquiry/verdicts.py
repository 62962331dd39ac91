"""What an answer of Alipay+ means for a break: which side it confirms, who acts, and what to do. As data.

One row per code and answer; the first row that fits counts, and a row for every code (`*`) is the last. The
answer never edits a break: the decision tables run again with it, and only P17 changes its code by it (to P01, see
`payment_rules`). Source: the table of section 8 of the break catalogue's source; `docs/BREAKS.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from recon.inquiry import SUCCESS, Finding
from recon.money import format_money
from recon.orders import INSTANT
from recon.schema import Schema

OF_ANSWER: Schema = {  # what an answer says, as far as it is used
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "provider_payment_id": pl.String,
    "paid_at": INSTANT,
    "settlement_amount_minor": pl.Int64,
    "settlement_currency": pl.String,
    "result_code": pl.String,
    "differences": pl.String,  # why it is REVIEW
}
ANSWER_SCHEMA: Schema = {
    "break_id": pl.String,
    "situation": pl.String,  # what both sides said when it was asked, as in ITEM_SCHEMA
    "source_id": pl.String,
    "order_key": pl.String,
    "asked_count": pl.Int64,  # questions that left
    "answer": pl.String,  # Answer
    "answered_at": INSTANT,
    **OF_ANSWER,
    "is_planned": pl.Boolean,  # it will be asked again
    "question_id": pl.String,
    "reply_sha256": pl.String,
}


class Verdict(StrEnum):
    """Which side the answer is on."""

    CONFIRMS_OURS = "CONFIRMS_OURS"
    CONFIRMS_REPORT = "CONFIRMS_REPORT"
    CONTRADICTS_BOTH = "CONTRADICTS_BOTH"
    STILL_UNKNOWN = "STILL_UNKNOWN"


OURS, REPORT = Verdict.CONFIRMS_OURS, Verdict.CONFIRMS_REPORT
BOTH, UNKNOWN = Verdict.CONTRADICTS_BOTH, Verdict.STILL_UNKNOWN


@dataclass(frozen=True)
class Meaning:
    """One row. `who_acts` and `act` empty: as the catalogue says. `severity` empty: unchanged."""

    codes: str  # joined by a blank; * is every code
    answers: str  # names of Finding, or NONE; for a paid payment whose values are compared: see `answer_category`
    verdict: Verdict
    who_acts: str = ""
    act: str = ""
    severity: str = ""
    side: str = ""  # said instead of what the verdict says
    is_of_settlement: bool = False  # the value in doubt is the settlement amount


_REFUTED = (
    "The report shows as paid what Alipay+ now says is unpaid: send the report line and the answer to Alipay+ support."
)
_NOT_KNOWN = "Check reference, participant and environment: the report has this payment, the API does not know it."
_OTHER_VALUE = "Send the report line and the answer to Alipay+ support: Alipay+ contradicts itself."
_NEITHER = "Touch nothing; compare order, report line and answer, and write to Alipay+ support."
_NOT_THE_REPORT = "That contradicts the report."  # we have no result that it could confirm
_SETTLED_OTHERWISE = "Only the figure is in doubt: write to Alipay+ support if it repeats."

MEANINGS = (
    # An answer that does not fit its question comes first: nothing of it is used.
    Meaning("*", "REVIEW_AMOUNT", BOTH, "OPS", "The answer names another amount than this break. " + _NEITHER, "S1"),
    Meaning("*", "REVIEW_ID", BOTH, "OPS", "The answer names another id than the question. " + _NEITHER, "S1"),
    Meaning("*", "REVIEW", BOTH, "OPS",
            "The answer names another amount or another id than the question, or lacks a part. " + _NEITHER, "S1"),
    Meaning("P01", "PAID", REPORT, "OPS",
            "Store the result; then the merchant confirms the sale or the money is refunded."),
    Meaning("P01/0", "PAID", BOTH, "OPS",
            "A late success: store the result; then the merchant confirms the sale, or cancel in time.",
            side="No report has it yet."),
    Meaning("P01 P06", "CLOSED FAILED", OURS, "A+", _REFUTED, side=_NOT_THE_REPORT),
    Meaning("P02 R14", "CLOSED FAILED", OURS, "A+", _REFUTED),
    Meaning("P08 P09 P10 P13 P18", "CLOSED FAILED", BOTH, "A+", _REFUTED),
    Meaning("P03", "CLOSED FAILED", OURS, "A+",
            "Our order is right: Alipay+ has to correct its report. "
            "Send the report line and the answer to Alipay+ support."),
    Meaning("P01 P02 P03 P08 P09 P10 P13 P18 R14", "NOT_EXIST", BOTH, "DEV", _NOT_KNOWN),
    Meaning("P06", "NOT_EXIST", OURS, "DEV", _NOT_KNOWN, side=_NOT_THE_REPORT),
    Meaning("P02", "PAID", REPORT, "OPS", "Refund it, or reopen the order with the merchant's agreement."),
    Meaning("P03", "PAID", REPORT, "OPS", "Cancel again while the window is open, else refund."),
    Meaning("P03", "IN_PROCESS", UNKNOWN, "OPS", "Cancel again while the window is open."),
    Meaning("P06", "PAID", REPORT, "DEV",
            "The payment is real: find its order (rolled back, or in a source that is not configured), or refund it."),
    Meaning("P07", "PAID", OURS, "A+",
            "The money was taken and the report lacks it: send the answer to Alipay+ support."),
    Meaning("P07", "CLOSED", REPORT, "OPS",
            "Close the order; if the sale was confirmed, goods went out unpaid: settle it with the merchant."),
    Meaning("P07", "FAILED", REPORT, "OPS",
            "Our order wrongly shows success: correct it; if the sale was confirmed, goods went out unpaid.", "S1"),
    Meaning("P07", "NOT_EXIST", REPORT, "OPS",
            "Our order wrongly shows success, or it belongs to another participant or environment: check that first; "
            "this answer alone does not prove a failure."),
    Meaning("P10", "PAID", REPORT, "A+", "The payment is real, and Alipay+ confirms only one. Send both report lines.",
            side="That is one payment, not several."),
    Meaning("P17", "CLOSED", REPORT, "OPS", "No money moved: close the order."),
    Meaning("P17", "FAILED", REPORT, "OPS", "No money moved: mark the order as failed."),
    Meaning("P17", "IN_PROCESS", UNKNOWN, "OPS", "Cancel it while the window is open; it may still be paid."),
    Meaning("P17", "NOT_EXIST", REPORT, "OPS",
            "It never reached Alipay+, as far as is known: cancel by paymentRequestId while the window is open; "
            "mark it failed when the cancel succeeded, not on this answer alone."),
    Meaning("P19", "PAID", OURS, "OPS", "The sale is paid: store the result.", side="That agrees with the merchant."),
    Meaning("P19", "CLOSED FAILED", REPORT, "MER", "Goods went out unpaid: settle it with the merchant."),
    Meaning("P19", "IN_PROCESS", UNKNOWN, "OPS",
            "Wait for the final answer; if it stays open, settle it with the merchant as unpaid."),
    Meaning("P19", "NOT_EXIST", REPORT, "MER",
            "No payment is known for these goods: check reference and environment, then settle with the merchant."),
    Meaning("R14", "PAID", REPORT, "OPS", "Refund it: the cancel came too late and the customer paid."),
    # Values are compared: does the answer say what we say, or what the report says?
    Meaning("P08 P09", "PAID_AS_OURS", OURS, "A+", _OTHER_VALUE),
    Meaning("P08 P09", "PAID_AS_REPORT", REPORT, "", "Correct the figure of our order, or refund the difference."),
    Meaning("P13", "PAID_AS_OURS", OURS, "A+", _OTHER_VALUE, is_of_settlement=True),
    Meaning("P13", "PAID_AS_REPORT", REPORT, "FIN", "Correct the settlement amount that we stored.",
            is_of_settlement=True),
    Meaning("P18", "PAID_AS_OURS", OURS, "A+", _OTHER_VALUE),
    Meaning("P18", "PAID_AS_REPORT", REPORT, "", "Correct the id that we stored."),
    Meaning("P08 P09 P18", "PAID_AS_NEITHER", BOTH, "OPS", _NEITHER, "S1"),
    Meaning("P13", "PAID_AS_NEITHER", BOTH, "FIN", _SETTLED_OTHERWISE, is_of_settlement=True),
    Meaning("P13", "PAID_WITHOUT_VALUE", UNKNOWN, "FIN", _SETTLED_OTHERWISE,
            side="The answer does not contain the settlement amount.", is_of_settlement=True),
    # No conclusion: the break stays as it is.
    Meaning("*", "IN_PROCESS UNCLEAR NONE", UNKNOWN),
)  # fmt: skip

NO_ANSWER = "NONE"
CONCLUDING = (Finding.PAID.name, Finding.CLOSED.name, Finding.FAILED.name, Finding.REVIEW.name)
ANSWERS = (*(finding.name for finding in Finding), NO_ANSWER)
SENTENCES = {
    "PAID": "it is paid",
    "CLOSED": "it is closed or cancelled",
    "FAILED": "it failed",
    "IN_PROCESS": "it is not final yet",
    "NOT_EXIST": "it does not know the order (yet)",
    "UNCLEAR": "nothing readable about the payment",
    "REVIEW": "something that does not fit our question",
    NO_ANSWER: "nothing that could be used",
}
_SIDE = {
    OURS: "That agrees with our side, not with the reports.",
    REPORT: "That agrees with the reports.",
    BOTH: "That agrees with neither side.",
    UNKNOWN: "Nothing is known for certain yet.",
}
OTHER_AMOUNT = ("P08", "P09", "P13")  # the answer decides whose amount is right; P13 is about the settlement amount
CHANGED_SINCE = "the amount was changed after the question"
AMOUNT_DIFFERS = (  # all that makes an answer REVIEW where nothing but the amount is another one
    "paymentAmount.value differs",
    "paymentAmount.currency differs",
    "paymentAmount.currency differs; paymentAmount.value differs",
)
EXHAUSTED = "It has been asked as often as planned: a person decides; cancel while the window is open."
Row = Mapping[str, object]


def meaning_of(code: str, category: str, *, has_report: bool = True) -> Meaning:
    """The row for a code and the category of an answer. KeyError if the table has a hole, which a test forbids."""
    names = {"*", code, *(() if has_report else (f"{code}/0",))}
    fitting = [row for row in MEANINGS if category in row.answers.split() and names & set(row.codes.split())]
    exact = [row for row in fitting if f"{code}/0" in row.codes.split()] or fitting
    if not exact:
        raise KeyError(f"{code} and {category}")
    return exact[0]


def as_of_now(code: str, answer: Row, item: Row) -> Row:
    """The answer as it fits the item today.

    A paid payment whose amount is another one since it was asked is REVIEW. One whose amount alone did not fit is PAID
    when ours is that amount by now.
    """
    side = "order" if item["order_amount_minor"] is not None else "report"
    amount = item[f"{side}_amount_minor"], item[f"{side}_currency"]
    fits = code in OTHER_AMOUNT or (answer["amount_minor"], answer["currency"]) == amount
    if answer["answer"] == "PAID" and not fits:
        return {**answer, "answer": Finding.REVIEW.name, "differences": CHANGED_SINCE}
    if is_paid_but_for_the_amount(answer) and fits:
        return {**answer, "answer": Finding.PAID.name, "differences": ""}
    return answer


def is_paid_but_for_the_amount(answer: Row) -> bool:
    """Whether an answer is REVIEW for nothing but the amount of a paid payment."""
    is_review = answer["answer"] == Finding.REVIEW.name and answer["result_code"] == SUCCESS
    return is_review and answer["differences"] in AMOUNT_DIFFERS


def answer_category(code: str, answer: Row, item: Row) -> str:
    """The answer; if it does not fit, in what; for a paid payment whose values are compared, whose it repeats."""
    said = str(answer["answer"])
    if said == Finding.REVIEW.name:
        return said + _misfit(str(answer["differences"] or ""))
    if said != "PAID" or code not in ("P08", "P09", "P13", "P18"):
        return said
    if code == "P13" and answer["settlement_amount_minor"] is None:
        return "PAID_WITHOUT_VALUE"
    answered, ours, theirs = _values(code, answer, item)
    if answered == theirs:
        return "PAID_AS_REPORT"
    return "PAID_AS_OURS" if answered == ours else "PAID_AS_NEITHER"


def _misfit(differences: str) -> str:
    """What alone differs: the amount, an id, or neither of them alone."""
    if differences == CHANGED_SINCE:
        return "_AMOUNT"
    parts = differences.split("; ")
    if differences in AMOUNT_DIFFERS:
        return "_AMOUNT"
    return "_ID" if all(part.endswith("Id differs") for part in parts) else ""


def _values(code: str, answer: Row, item: Row) -> tuple[object, object, object]:
    """What Alipay+ says when asked, what we say, what the report says."""
    if code == "P18":
        return answer["provider_payment_id"], item["own_payment_id"], item["provider_transaction_id"]
    amount = "settlement_amount_minor" if code == "P13" else "amount_minor"
    currency = "settlement_currency" if code == "P13" else "currency"
    return (
        (answer[amount], answer[currency]),
        (item["order_amount_minor"], item["order_currency"]),
        (item["report_amount_minor"], item["report_currency"]),
    )


def answer_sentence(answer: Row, meaning: Meaning) -> str:
    """What was asked and answered, in words for the explanation of a break."""
    asked = answer["asked_count"]
    times = "once" if asked == 1 else f"{asked} times"
    sentence = f"Asked {times}, Alipay+ says: {SENTENCES[str(answer['answer'])]}"
    words, column = ("its settlement amount ", "settlement_") if meaning.is_of_settlement else ("", "")
    minor, currency = answer[f"{column}amount_minor"], answer[f"{column}currency"]
    if answer["answer"] == "PAID" and isinstance(minor, int) and isinstance(currency, str):
        sentence += f", {words}{format_money(minor, currency)}"
    if answer["differences"]:
        sentence += f" ({answer['differences']})"
    return f"{sentence}. {meaning.side or _SIDE[meaning.verdict]}"
