"""The columns of the views for dashboards, declared once: name, type, meaning. Page and dbt file are printed from here.

A column that a table of the warehouse has under the same name means the same: `views/column_words.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from views.column_words import MEANINGS

TEXT, DAY, INSTANT, YES_NO, COUNT = "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN", "BIGINT"
AMOUNT = "DECIMAL(24,4)"  # major units; exact for every currency, since none has more than four decimals


@dataclass(frozen=True)
class Column:
    """One column of a view. `is_key`: together with the other keys it names one row, and is never empty."""

    name: str
    kind: str
    meaning: str
    is_key: bool = False


def _same(name: str, kind: str = TEXT) -> Column:
    """As the warehouse has it."""
    return Column(name, kind, MEANINGS[name])


def _local(name: str) -> Column:
    """An instant of the warehouse, as a clock in UTC+8 shows it."""
    return Column(f"{name}_utc8", INSTANT, f"{MEANINGS[name].removesuffix('.')}, in UTC+8.")


_CLEARING_DAY = Column("clearing_day", DAY, "Clearing day (UTC+8) of the list.", is_key=True)
_BREAK_ID = Column("break_id", TEXT, MEANINGS["break_id"], is_key=True)
_IS_NEWEST = Column(
    "is_newest_list", YES_NO, "Whether it is the list of the newest proved day, which is the current one."
)
_MERCHANT = (_same("merchant_id"), _same("merchant_name"))
_DECIMALS = Column("currency_decimals", "INTEGER", "Decimals of the currency: 2 of EUR, 0 of JPY, 3 of KWD.")
_NAME = Column("break_name", TEXT, "Name of the break in words.")
_AT_RISK = Column("amount_at_risk", AMOUNT, "Money that may be lost, in the currency; never added across currencies.")

VIEWS: dict[str, tuple[Column, ...]] = {
    "breaks": (
        _CLEARING_DAY,
        _IS_NEWEST,
        Column("is_listed", YES_NO, "Whether it is on the list as people read it. Count and add these rows alone."),
        Column("is_open", YES_NO, "Whether somebody still has to act."),
        _BREAK_ID,
        _same("incident_id"),
        Column("family", TEXT, "What it is about, in words."),
        _same("break_code"),
        _NAME,
        Column("severity", TEXT, "S1 is worst, S4 is timing or information."),
        Column("severity_words", TEXT, "The severity in words."),
        Column("state", TEXT, "The state of the break in words."),
        _same("opened_day", DAY),
        _same("first_opened_day", DAY),
        _same("age_days", "INTEGER"),
        _same("reopened_count", "INTEGER"),
        _local("deadline_at"),
        Column("becomes_a_break_on", DAY, "Of a timing difference: the clearing day on which it becomes a break."),
        Column("who_acts", TEXT, "Who has to act, in words."),
        _same("party"),
        _same("source_id"),
        *_MERCHANT,
        *map(_same, ("store_id", "terminal_id", "merchant_txn_no", "psp_id", "psp_name", "order_key", "refund_key")),
        *map(_same, ("payment_request_id", "refund_request_id", "provider_transaction_id")),
        Column("currency", TEXT, "Currency of our amount, the difference and the amount at risk."),
        _DECIMALS,
        Column("order_amount", AMOUNT, "What our order says, in the currency."),
        Column("report_amount", AMOUNT, "What the report says, in the currency of the report."),
        Column("report_currency", TEXT, "Currency of the amount in the report."),
        Column("difference", AMOUNT, "Report minus ours, where both have one currency."),
        _AT_RISK,
        Column("is_in_doubt", YES_NO, "Whether unit or currency of the amount is itself the error: add these apart."),
        Column("value", AMOUNT, "Amount at risk in the reporting currency, for ranking; empty: none, or no rate."),
        _same("value_currency"),
        _same("is_small", YES_NO),
        *map(_local, ("order_created_at", "paid_at", "refund_requested_at", "refunded_at")),
        *map(_same, ("order_status", "refund_status")),
        Column("answer", TEXT, "What Alipay+ said when it was asked, in words; empty: never asked."),
        Column("verdict", TEXT, "Which side the answer confirms, in words."),
        _same("asked_count", COUNT),
        _local("answered_at"),
        *map(_same, ("explanation", "what_to_do")),
    ),
    "days": (
        _CLEARING_DAY,
        _IS_NEWEST,
        Column("status", TEXT, "How the day ended: proved, incomplete, or not finished."),
        Column("reason", TEXT, "Why the day is not proved."),
        Column("last_proved_at_utc8", INSTANT, "When the day proved itself last, in UTC+8."),
        Column("revision_count", COUNT, "How often the day proved itself with another result, or for the first time."),
        Column("listed_count", COUNT, "Breaks on the list as people read it."),
        Column("open_count", COUNT, "Of them those on which somebody still has to act."),
        Column("open_s1_count", COUNT, "Of the open ones those of severity S1."),
        Column("waiting_count", COUNT, "Timing differences that wait for a later report."),
    ),
    "movements": (
        _CLEARING_DAY,
        _BREAK_ID,
        Column("movement", TEXT, "What happened to the break on this day, in words."),
        _same("code_before"),
        Column("name_before", TEXT, "Name of the code on the day before, in words."),
        _same("code_after"),
        Column("name_after", TEXT, "Name of the code now, in words."),
        Column("outcome", TEXT, "Of a break that is gone: what the data says now."),
        Column("resolved_by", TEXT, "What resolved it, in words."),
        Column("severity", TEXT, "S1 is worst, S4 is timing or information."),
        *_MERCHANT,
        _same("incident_id"),
        Column("currency", TEXT, "Currency of the amount at risk."),
        _DECIMALS,
        _AT_RISK,
    ),
    "decisions": (
        _CLEARING_DAY,
        _IS_NEWEST,
        _BREAK_ID,
        _same("break_code"),
        _NAME,
        *_MERCHANT,
        Column("decided", TEXT, "Accepted or written off, where two people agreed and it holds; else empty."),
        Column("owner", TEXT, "Whose the break is: a person or a team."),
        Column("snoozed_until", DAY, "Day until which it is put off."),
        Column("comment", TEXT, "The newest comment."),
        Column("reference", TEXT, "Reference of a claim, or of a payment by hand."),
        Column("waits_for_approval", TEXT, "What waits for a second person: accept or write off."),
        Column("lapsed", TEXT, "What two people agreed on before the facts of the break changed."),
        Column("decided_by", TEXT, "Who asked to accept it or write it off."),
        Column("approved_by", TEXT, "Who approved that."),
        Column("decided_at_utc8", INSTANT, "When that was approved, in UTC+8."),
        Column("because", TEXT, "The reason that was given."),
        Column("currency", TEXT, "Currency of the amount."),
        _DECIMALS,
        Column("amount", AMOUNT, "Amount at risk when it was decided."),
        Column("file_count", COUNT, "Files that were attached."),
    ),
}  # fmt: skip
