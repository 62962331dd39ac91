"""What people decided about the breaks of a day: what they took off the list, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from recon.breaks.break_id import key_of
from recon.breaks.register import Movement
from recon.listing import counted
from views.wording import day_text, instant_text, money, name_text

ROWS = 500  # of one table; decisions.csv has all
TAKEN = {"ACCEPTED": "accepted", "WRITTEN_OFF": "written off"}
WAITS = {"ACCEPT": "accepting it waits for a second person", "WRITE_OFF": "writing it off waits for a second person"}
LAPSED = {
    "ACCEPT": "was accepted, but its facts have changed",
    "WRITE_OFF": "was written off, but its facts have changed",
}
Page = dict[str, Any]


STANDING = ("owner", "snoozed_until", "comment", "reference", "waits_for_approval", "lapsed")
IS_SNOOZED = (pl.col("snoozed_until") > pl.col("as_of_day")).fill_null(value=False)


def with_standing(items: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The list with STANDING: what people said of each break. `decisions`: `resources.register.decisions_of_day`."""
    standing = decisions.select("break_id", *STANDING)
    return items.join(standing, on="break_id", how="left", maintain_order="left")


def decision_lines(row: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Of a row with STANDING, what a card shows."""
    snoozed = row.get("snoozed_until")
    lines = {
        "Owner": row.get("owner"),
        "Comment": row.get("comment"),
        "Reference": row.get("reference"),
        "Snoozed until": day_text(snoozed) if isinstance(snoozed, date) else None,
        "Decision": WAITS.get(str(row.get("waits_for_approval"))) or LAPSED.get(str(row.get("lapsed"))),
    }
    return tuple((name, str(value)) for name, value in lines.items() if value)


def decided_rows(decisions: pl.DataFrame) -> Page:
    """Rows of `resources.register.decisions_of_day`, those of this day first, and in words what they closed."""
    shown = decisions.filter(pl.any_horizontal(pl.col("state", "waits_for_approval", "lapsed").is_not_null()))
    is_new = pl.col("movement") == Movement.DECIDED
    rows = shown.with_columns(is_new=is_new.fill_null(value=False)).sort(
        "is_new", "severity", "break_id", descending=[True, False, False]
    )
    return {
        "decided": [_row(row) for row in rows.head(ROWS).iter_rows(named=True)],
        "decided_left": max(rows.height - ROWS, 0),
        "decided_today": _closed(shown.filter(is_new)),
    }


def _row(row: Page) -> Page:
    what = TAKEN.get(row["state"]) or LAPSED.get(row["lapsed"]) or WAITS[row["waits_for_approval"]]
    return {
        "code": row["break_code"],
        "name": name_text(str(row["break_name"])),
        "sentence": row["explanation"],
        "id": key_of(str(row["break_id"])),
        "what": what,
        "because": row["because"],
        "by": row["decided_by"],
        "and": row["approved_by"],
        "at": instant_text(row["decided_at"]) if row["decided_at"] else "",
        "amount": money(row["amount_minor"], row["currency"]),
        "is_new": row["is_new"],
    }


def _closed(rows: pl.DataFrame) -> str:
    """How many left the list today, and how much money of each currency that closed."""
    if rows.is_empty():
        return ""
    sums = rows.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
    amounts = ", ".join(money(amount, currency) for currency, amount in sums.iter_rows())
    return f"{counted(rows.height, 'break')} left the list by a decision of two people: {amounts}."
