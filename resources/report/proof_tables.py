"""The tables behind the proof: conservation, the register, the report files and their calendar.

Frames of a day in, words and counts out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from recon.catalogue import CATALOGUE, PENDING
from recon.clearing_day import report_date
from recon.file_calendar import KEPT_DAYS, WANTING, FileState
from resources.report.day_facts import CALENDAR_DAYS, DayFacts
from resources.report.wording import NOTHING, REPORTS, day_text, instant_text

SIDES = {
    "payments": "Our payments",
    "refunds": "Our refunds",
    "rows": "Report rows",
    "fees": "Fee rows",
    "charges": "Fees by contract",
}
STATES = {
    FileState.MISSING: "missing",
    FileState.PARTIAL: "incomplete",
    FileState.LATE: "came late",
    FileState.UNEXPECTED: "not expected",
}
AGREE = ("P00", "R00", "C00")
Page = dict[str, Any]


def conservation_rows(conservation: pl.DataFrame) -> list[Page]:
    """Per side: came in, agree, settled otherwise, still open, breaks, left over."""
    found = []
    for side, name in SIDES.items():
        outcomes = dict(conservation.filter(pl.col("side") == side).select("outcome", "row_count").iter_rows())
        came = int(conservation.filter(pl.col("side") == f"input {side}")["row_count"].sum())
        if not came and not any(outcomes.values()):
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


def wanting_rows(facts: DayFacts) -> list[Page]:
    """Reports that are missing, incomplete, late, or not expected at all; how long they can still be fetched."""
    is_due = pl.col("report_date") <= report_date(facts.day)
    told = facts.expected.filter(is_due & pl.col("state").is_in(list(STATES)))
    return [
        {
            "report": f"{REPORTS.get(row['kind'], row['kind'])} Report",
            "of": f"{row['participant_agreement_id']} in {row['settlement_currency']}",
            "day": day_text(row["report_date"]),
            "state": STATES[row["state"]],
            "is_bad": row["state"] in WANTING,
            "note": row["note"],
            "by": instant_text(row["expected_by"]) if row["expected_by"] else NOTHING,
            "lost": day_text(row["report_date"] + timedelta(days=KEPT_DAYS)) if row["state"] in WANTING else NOTHING,
        }
        for row in told.iter_rows(named=True)
    ]


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
