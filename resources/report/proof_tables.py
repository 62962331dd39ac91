"""The tables behind the proof: conservation, the register, the report files and their calendar.

Frames of a day in, words and counts out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from recon.catalogue import CATALOGUE, PENDING
from resources.report.day_facts import CALENDAR_DAYS, DayFacts
from resources.report.wording import REPORTS, day_text

SIDES = {
    "payments": "Our payments",
    "refunds": "Our refunds",
    "rows": "Report rows",
    "fees": "Fee rows",
    "charges": "Fees by contract",
}
AGREE = ("P00", "R00", "C00")
Page = dict[str, Any]


def conservation_rows(conservation: pl.DataFrame) -> list[Page]:
    """Per side: came in, agree, settled otherwise, still open, breaks, left over."""
    found = []
    for side, name in SIDES.items():
        outcomes = dict(conservation.filter(pl.col("side") == side).select("outcome", "row_count").iter_rows())
        came = int(conservation.filter(pl.col("side") == f"input {side}")["row_count"].sum())
        if not outcomes and not came:
            continue
        agree = sum(count for code, count in outcomes.items() if code in AGREE)
        breaks = sum(count for code, count in outcomes.items() if code in CATALOGUE)
        pending = sum(count for code, count in outcomes.items() if code in PENDING)
        settled = sum(outcomes.values()) - agree - breaks - pending
        left = came - sum(outcomes.values())
        found.append({"name": name, "counts": [came, agree, settled, pending, breaks, left]})
    return found


def register_counts(register: pl.DataFrame) -> list[tuple[str, int]]:
    """The identity of the register over all codes, term by term, and what is left over."""
    names = {
        "opening": "Yesterday",
        "new_in": "+ new",
        "reopened_in": "+ reopened",
        "changed_in": "+ other code",
        "changed_out": "− other code",
        "resolved_out": "− resolved",
        "closing": "= today",
    }
    counts = [(name, int(register[column].sum())) for column, name in names.items()]
    return [*counts, ("left over", int(register["residual"].abs().sum()))]


def calendar_rows(facts: DayFacts) -> list[Page]:
    """How many files of each kind are there, by clearing day, the newest first; from the first known day on."""
    counts = {(day, kind): number for day, kind, number in facts.calendar.iter_rows()}
    found = []
    for back in range(CALENDAR_DAYS):
        day = facts.day - timedelta(days=back)
        status = facts.days.get(day) if day in facts.days else "not run"
        if day == facts.day:
            status = "this day"
        style = {"incomplete": "over", "not run": "none"}.get(status or "", "")
        row_counts = [counts.get((day, kind), 0) for kind in REPORTS]
        found.append({"day": day_text(day), "counts": row_counts, "status": status or "not decided", "style": style})
    known = [place for place, row in enumerate(found) if any(row["counts"]) or row["status"] != "not run"]
    return found[: max(known) + 1]


def file_row(row: Page) -> Page:
    """One version of a file."""
    state = "" if row["is_current"] else " (older)" if row["is_valid"] else " (refused)"
    return {
        "name": row["file_name"],
        "version": f"{row['version']}{state}",
        "rows": f"{row['row_count'] or 0:,}",
        "quarantined": f"{row['quarantined_count'] or 0:,}",
        "sha256": str(row["sha256"] or "")[:12],
        "finding": row["finding"],
    }
