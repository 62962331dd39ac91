"""The other lists: what is waiting, what was resolved and by what, what is noted, what was corrected.

Each shows its first rows and says how many more there are. Frames of a day in, words out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from recon.breaks.break_id import key_of
from recon.breaks.catalogue import State
from recon.breaks.register import ResolvedBy
from recon.listing import counted
from views.day_report.day_facts import DayFacts
from views.wording import (
    NOTHING,
    STATES,
    day_text,
    instant_text,
    money,
    morning_text,
    name_text,
    outcome,
    place_text,
    resolver,
    sentence_text,
    without_break_day,
)

ROWS, CORRECTED = 500, 20  # of one table; other files have all
PLACES = 2  # report lines that a resolution names
Page = dict[str, Any]


def waiting_rows(items: pl.DataFrame, moment: datetime) -> Page:
    """What waits, the first to turn real first, and the morning whose list shows it; `moment`: that of this list."""
    rows = items.sort("turns_real_day", "break_code", "break_id", nulls_last=True).head(ROWS)
    return {
        "waiting": [
            {
                "break_day": morning_text(moment, row["turns_real_day"] - row["as_of_day"])
                if row["turns_real_day"]
                else NOTHING,
                "sentence": sentence_text(without_break_day(str(row["explanation"] or ""))),
                "code": row["break_code"],
                "name": name_text(str(row["break_name"])),
                "id": _key(row),
                "amount": _amount(row),
                "since": day_text(row["opened_day"]) if row["opened_day"] else NOTHING,
            }
            for row in rows.iter_rows(named=True)
        ],
        "waiting_left": max(items.height - ROWS, 0),
    }


def resolved_rows(facts: DayFacts) -> Page:
    """What was open the day before and is gone, what it is now, and what brought that about."""
    rows = facts.resolved
    breaks = rows.filter(pl.col("state") != State.WAITING)
    ways = breaks.group_by("resolved_by").len().sort("resolved_by")
    waited = rows.height - breaks.height
    resolvers = ", ".join(f"{count:,} by {resolver(way)}" for way, count in ways.iter_rows())
    of_day = {f"{name}@v{version}" for name, version in facts.files.select("file_name", "version").iter_rows()}
    return {
        "yesterday": day_text(facts.day - timedelta(days=1)),
        "resolved": [
            {
                "code": row["break_code"],
                "sentence": without_break_day(str(row["explanation"] or "").split(" Asked ", 1)[0]),
                "id": _key(row),
                "outcome": outcome(row["outcome"]),
                "by": resolver(row["resolved_by"]),
                "proof": _proof(row, of_day),
                "at_risk": money(row["amount_at_risk_minor"] or None, row["currency"]),
            }
            for row in rows.head(ROWS).iter_rows(named=True)
        ],
        "resolved_by": f"{counted(breaks.height, 'break')}{': ' if resolvers else ''}{resolvers}"
        + (f", and {waited:,} of those that waited came." if waited else "."),
        "resolved_left": max(rows.height - ROWS, 0),
    }


def _proof(row: Page, of_day: set[str]) -> list[str]:
    """Where one can see that a break is gone: lines of the day's files, the answer, or our own record."""
    if row["resolved_by"] == ResolvedBy.FILE:
        places = str(row["lines"] or "").split()
        return [place_text(place) for place in places if place.rsplit(":", 1)[0] in of_day][:PLACES]
    keys = {"refund_key": "our refund", "order_key": "our order", "payment_request_id": "paymentRequestId"}
    proof = [f"{word} {row[key]}" for key, word in keys.items() if row[key]][:1]
    if row["resolved_by"] == ResolvedBy.INQUIRY and row["answered_at"]:
        proof.append(f"asked, Alipay+ answered {instant_text(row['answered_at'])}")
    return proof


def noted_rows(items: pl.DataFrame) -> Page:
    """Facts of the day, by code."""
    rows = items.sort("break_code", "break_id")
    return {
        "noted": [
            {
                "code": row["break_code"],
                "name": name_text(str(row["break_name"])),
                "sentence": row["explanation"],
                "id": _key(row),
                "to_do": row["what_to_do"],
            }
            for row in rows.head(ROWS).iter_rows(named=True)
        ],
        "noted_left": max(rows.height - ROWS, 0),
    }


def correction_rows(corrections: pl.DataFrame) -> Page:
    """A line per revision, and the lines that a person would see changed; files first, then what opened or closed."""
    of_revision = corrections.group_by("revision", "recorded_at", "what", "change").len().sort(
        "revision", "what", "change", descending=[False, True, False]
    )  # fmt: skip
    sentences = []
    for (number, at), rows in of_revision.group_by("revision", "recorded_at", maintain_order=True):
        parts = [f"{counted(row['len'], str(row['what']).lower())} {str(row['change']).lower()}" for row in
                 rows.iter_rows(named=True)]  # fmt: skip
        sentences.append(f"Revision {number}, {instant_text(at)}: {', '.join(parts)}.")
    before, after = (pl.col(which).str.replace(State.ASKED, State.OPEN, literal=True) for which in ("before", "after"))
    is_other = before.ne_missing(after) | pl.col("amount_before_minor").ne_missing(pl.col("amount_after_minor"))
    seen = corrections.filter(is_other)
    lines = [
        {
            "what": f"{str(row['what']).capitalize()} {str(row['change']).lower()}",
            "name": row["name"] if row["what"] == "FILE" else key_of(str(row["name"])),
            "before": _before_or_after(row, "before"),
            "after": _before_or_after(row, "after"),
        }
        for row in seen.head(CORRECTED).iter_rows(named=True)
    ]
    return {"revisions": sentences, "corrections": lines, "corrections_left": max(seen.height - CORRECTED, 0)}


def _before_or_after(row: Page, which: str) -> str:
    if row[which] is None:
        return NOTHING
    amount = money(row[f"amount_{which}_minor"] or None, row["currency"])
    return _stated(row[which]) + (f", {amount}" if amount != NOTHING else "")


def _stated(text: str) -> str:
    """`P06 OPEN` as `P06 open`; anything else stays as it is."""
    code, _, state = text.partition(" ")
    return f"{code} {STATES[state]}" if state in STATES else text


def _key(row: Page) -> str:
    """The id by which a person finds it again."""
    names = ("refund_request_id", "payment_request_id", "provider_transaction_id", "order_key")
    return next((str(row[name]) for name in names if row[name]), str(row["break_id"]))


def _amount(row: Page) -> str:
    if row["order_amount_minor"] is not None:
        return money(row["order_amount_minor"], row["currency"])
    return money(row["report_amount_minor"], row["report_currency"] or row["currency"])
