"""The summary of a day as one JSON document: what came in, what the proofs say, what is open.

Keys are in a fixed order, lists are sorted, and money of different currencies is never added.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import polars as pl

from recon.breaks.at_risk import money_at_risk, risk_sums
from recon.breaks.register import Movement
from recon.export_text import major_text
from recon.tie_out import in_order, is_count

Rows = list[dict[str, object]]
GENERATOR = "alipayplus-reconciliation"


def day_summary(
    day: date,
    moment: datetime,
    *,
    status: str,
    reason: str | None,
    version: str,
    inputs: dict[str, object],
    breaks: dict[str, object] | None,
    exports: Rows,
) -> dict[str, object]:
    """The whole document.

    `inputs`: the proof, files, frozen orders, totals, conservation. `breaks`: None if the day is not proved.
    """
    return {
        "day": day.isoformat(),
        "as_of": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": status,
        "reason": reason,
        **(breaks or {}),
        **inputs,
        "exports": exports,
        "generator": {"name": GENERATOR, "version": version},
    }


def to_json(document: dict[str, object]) -> bytes:
    """Stable bytes of a document."""
    return (json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def breaks_summary(items: pl.DataFrame, identity: pl.DataFrame, causes: pl.DataFrame) -> dict[str, object]:
    """Counts by code, severity and state; what is one line; money at risk; and the identity of the register.

    `causes`: `recon.breaks.causes.breaks_by_cause`.
    """
    return {
        "breaks": {
            "count": items.height,
            "by_code": _by_code(items),
            "by_severity": _counts(items, "severity"),
            "by_state": _counts(items, "state"),
            "by_cause": _by_cause(causes),
        },
        "money_at_risk": _money_at_risk(items),
        "register": identity.to_dicts(),
    }


def decisions_summary(decisions: pl.DataFrame) -> dict[str, object]:
    """What people took off the list on this day, per decision and currency; empty without decisions.

    `decisions`: `resources.register.decisions_of_day`.
    """
    if decisions.is_empty():
        return {}
    taken = decisions.filter(pl.col("movement") == Movement.DECIDED)
    sums = taken.group_by("state", "currency").agg(count=pl.len(), amount_minor=pl.col("amount_minor").sum())
    closed = [
        {"state": row["state"], "currency": row["currency"], "count": row["count"]}
        | _money("amount", row["amount_minor"], row["currency"])
        for row in sums.sort("state", "currency").iter_rows(named=True)
    ]
    return {
        "decisions": {
            "taken_off_the_list": closed,
            "off_the_list": decisions["state"].count(),
            "waiting_for_a_second_person": decisions["waits_for_approval"].count(),
            "lapsed": decisions["lapsed"].count(),
        }
    }


def _by_code(items: pl.DataFrame) -> Rows:
    """One row per code, who acts and currency, worst severity first; `count` is of all its breaks."""
    rows = (
        items.group_by("break_code", "break_name", "who_acts", "currency")
        .agg(*risk_sums(), severity=pl.col("severity").min(), count=pl.len())
        .sort("severity", "break_code", "who_acts", "currency", nulls_last=True)
    )
    return _with_risk(rows, "break_code", "break_name", "severity", "who_acts", "count", "currency")


def _by_cause(causes: pl.DataFrame) -> Rows:
    """One row per cause and currency; `count` is of all its breaks in this currency."""
    rows = causes.rename({"breaks": "count"})
    return _with_risk(rows, "cause", "break_code", "severity", "who_acts", "what_to_do", "count", "currency")


def _counts(items: pl.DataFrame, column: str) -> dict[str, int]:
    counted = items.group_by(column).len().sort(column)
    return dict(counted.iter_rows())


def _money_at_risk(items: pl.DataFrame) -> Rows:
    """Per currency and the party that carries it; `count` is of the breaks in the sum, not of the figures in doubt."""
    return _with_risk(money_at_risk(items, "party").rename({"at_risk_count": "count"}), "currency", "party", "count")


def _with_risk(rows: pl.DataFrame, *names: str) -> Rows:
    """These columns of each row, then its money at risk."""
    return [{name: row[name] for name in names} | _risk(row) for row in rows.iter_rows(named=True)]


def _risk(row: dict[str, Any]) -> dict[str, object]:
    """The sum, and apart from it the figures in doubt; each amount in minor and in major units."""
    return {
        **_money("amount_at_risk", row["amount_at_risk_minor"], row["currency"]),
        "in_doubt_count": row["in_doubt_count"],
        **_money("in_doubt", row["in_doubt_minor"], row["currency"]),
    }


def _money(name: str, minor: int, currency: str | None) -> dict[str, object]:
    return {f"{name}_minor": minor, name: major_text(minor, currency)}


def control_totals(edges: pl.DataFrame) -> Rows:
    """One row per identity, settlement currency and verdict."""
    counts = pl.Series("is_count", [is_count(row) for row in edges.iter_rows(named=True)], pl.Boolean)
    kind = ("edge", "is_count", "settlement_currency", "verdict")
    rows = (
        edges.with_columns(counts)
        .group_by(kind)
        .agg(count=pl.len(), largest_residual=pl.col("residual").abs().max())
        .sort("settlement_currency", "verdict", nulls_last=True)
    )
    return in_order(rows).to_dicts()
