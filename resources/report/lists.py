"""The lists beside the breaks: what is waiting, what was resolved and by what, what is noted, what was corrected.

Each shows its first rows and says how many more there are. Frames of a day in, words out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from resources.report.day_facts import DayFacts
from resources.report.wording import NOTHING, counted, day_text, instant_text, money, outcome, resolver

ROWS, CORRECTED = 40, 20  # of one table; other files have all
Page = dict[str, Any]


def waiting_rows(items: pl.DataFrame) -> Page:
    """What waits, the first to turn real first."""
    rows = items.sort("turns_real_day", "break_code", "break_id", nulls_last=True).head(ROWS)
    return {
        "waiting": [
            {
                "turns_real": day_text(row["turns_real_day"]) if row["turns_real_day"] else NOTHING,
                "sentence": str(row["explanation"] or "").rsplit(" It turns real on ", 1)[0],
                "code": row["break_code"],
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
    ways = rows.group_by("resolved_by").len().sort("resolved_by")
    told = ", ".join(f"{count:,} by {resolver(way)}" for way, count in ways.iter_rows())
    return {
        "yesterday": day_text(facts.day - timedelta(days=1)),
        "resolved": [
            {
                "code": row["break_code"],
                "sentence": str(row["explanation"] or "").split(" Asked ", 1)[0],
                "id": _key(row),
                "outcome": outcome(row["outcome"]),
                "by": resolver(row["resolved_by"]),
                "at_risk": money(row["amount_at_risk_minor"] or None, row["currency"]),
            }
            for row in rows.head(ROWS).iter_rows(named=True)
        ],
        "resolved_by": f"{counted(rows.height, 'break')}: {told}.",
        "resolved_left": max(rows.height - ROWS, 0),
    }


def noted_rows(items: pl.DataFrame) -> list[Page]:
    """Facts of the day, counted by code."""
    rows = items.group_by("break_code", "break_name", "what_to_do").len().sort("break_code", "what_to_do")
    return [
        {"code": code, "name": name, "to_do": to_do, "count": f"{count:,}"} for code, name, to_do, count in rows.rows()
    ]


def correction_rows(corrections: pl.DataFrame) -> Page:
    """A line per revision, and the lines that a person would see changed; files first, then what opened or closed."""
    of_revision = corrections.group_by("revision", "recorded_at", "what", "change").len().sort(
        "revision", "what", "change", descending=[False, True, False]
    )  # fmt: skip
    told = []
    for (number, at), rows in of_revision.group_by("revision", "recorded_at", maintain_order=True):
        parts = [f"{counted(row['len'], str(row['what']).lower())} {str(row['change']).lower()}" for row in
                 rows.iter_rows(named=True)]  # fmt: skip
        told.append(f"Revision {number}, {instant_text(at)}: {', '.join(parts)}.")
    is_other = pl.col("before").ne_missing(pl.col("after")) | pl.col("amount_before_minor").ne_missing(
        pl.col("amount_after_minor")
    )
    seen = corrections.filter(is_other)
    lines = [
        {
            "what": f"{str(row['what']).capitalize()} {str(row['change']).lower()}",
            "name": row["name"],
            "before": _before_or_after(row, "before"),
            "after": _before_or_after(row, "after"),
        }
        for row in seen.head(CORRECTED).iter_rows(named=True)
    ]
    return {"revisions": told, "corrections": lines, "corrections_left": max(seen.height - CORRECTED, 0)}


def _before_or_after(row: Page, which: str) -> str:
    if row[which] is None:
        return NOTHING
    amount = row[f"amount_{which}_minor"]
    return f"{row[which]}, {money(amount, row['currency'])}" if amount is not None and row["currency"] else row[which]


def _key(row: Page) -> str:
    """The id by which a person finds it again."""
    names = ("refund_request_id", "payment_request_id", "provider_transaction_id", "order_key")
    return next((str(row[name]) for name in names if row[name]), str(row["break_id"]))


def _amount(row: Page) -> str:
    if row["order_amount_minor"] is not None:
        return money(row["order_amount_minor"], row["currency"])
    return money(row["report_amount_minor"], row["report_currency"] or row["currency"])
