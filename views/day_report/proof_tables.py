"""The tables behind the proof: conservation, the register, the report files and their calendar.

Frames of a day in, words and counts out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from recon.breaks.catalogue import CATALOGUE, PENDING
from recon.clearing_day import report_date
from recon.file_calendar import KEPT_DAYS, WANTING, FileState
from views.day_report.day_facts import DayFacts
from views.wording import NOTHING, REPORTS, instant_text, short_day

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
    FileState.SET_ASIDE: "set aside",
}
UNCOUNTED = (FileState.MISSING, FileState.SUPERSEDED, FileState.SET_ASIDE)
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
        "decided_out": "− decided",
        "closing": "= today",
    }
    counts = [(name, int(register[column].sum())) for column, name in names.items()]
    return [*counts, ("left over", int(register["residual"].abs().sum()))]


def calendar_rows(facts: DayFacts, kind: str) -> list[Page]:
    """The file calendar, one row per report date: what came of each report, what is missing, what is still to come.

    `kind`: how the day itself ended, proved or incomplete.
    """
    found = []
    for (date_of_report,), rows in facts.expected.group_by("report_date", maintain_order=True):
        day = date_of_report - timedelta(days=1)
        status = kind if day == facts.day else facts.days.get(day) or ("" if day > facts.day else "not run")
        of_kind = [rows.filter(pl.col("kind") == name).to_dicts() for name in REPORTS]
        cells = [_ahead(files) if day > facts.day else _cell(files) for files in of_kind]
        found.append(
            {"date": short_day(date_of_report), "day": short_day(day), "cells": cells, "status": status,
             "is_now": day == facts.day, "is_ahead": day > facts.day}
        )  # fmt: skip
    return found


def _ahead(rows: Sequence[Page]) -> tuple[str, str]:
    """Reports of a later day, whatever came of them since: the page is about its own day."""
    return ("due", "ahead") if any(row["expected_by"] for row in rows) else (NOTHING, "none")


def _cell(rows: Sequence[Page]) -> tuple[str, str]:
    """The reports of one kind and date in words, and how it looks: ok, bad, odd, or none."""
    files = sum(row["file_count"] or 0 for row in rows if row["state"] not in UNCOUNTED)
    by_state = Counter(STATES[row["state"]].replace("incomplete", "in part") for row in rows if row["state"] in STATES)
    words = [f"{files:,}"] if files else []
    words += [f"{count} {state}" for state, count in by_state.items()]
    if any(row["state"] in WANTING for row in rows):
        return ", ".join(words), "bad"
    if by_state:
        return ", ".join(words), "odd"
    return (words[0], "ok") if files else (NOTHING, "none")


def wanting_rows(facts: DayFacts) -> list[Page]:
    """Reports that are missing, incomplete, late, or not expected at all; how long they can still be fetched."""
    is_due = pl.col("report_date") <= report_date(facts.day)
    due = facts.expected.filter(is_due & pl.col("state").is_in(list(STATES)))
    return [
        {
            "report": f"{REPORTS.get(row['kind'], row['kind'])} Report",
            "of": f"{row['participant_agreement_id']} in {row['settlement_currency']}",
            "day": short_day(row["report_date"]),
            "state": STATES[row["state"]],
            "is_bad": row["state"] in WANTING,
            "note": row["note"],
            "by": instant_text(row["expected_by"]) if row["expected_by"] else NOTHING,
            "lost": short_day(row["report_date"] + timedelta(days=KEPT_DAYS)) if row["state"] in WANTING else NOTHING,
        }
        for row in due.iter_rows(named=True)
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
