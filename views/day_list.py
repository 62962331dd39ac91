"""Every day that was run: how it ended, its open breaks and the money at risk, and when it was proved last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from recon.breaks.at_risk import money_at_risk
from recon.breaks.incidents import listed
from recon.breaks.selection import IS_OPEN
from recon.export_text import major_text, printable
from views.wording import NOTHING, instant_text, money

COLUMNS = (("day", "left"), ("status", "left"), ("open", "right"), ("S1", "right"), ("at risk", "left"),
           ("last proved", "left"), ("reason", "left"))  # fmt: skip
NOT_FINISHED = "not finished"


def day_lines(days: pl.DataFrame, items: pl.DataFrame) -> list[dict[str, Any]]:
    """One line a day, the newest first.

    `days`: as_of_day, status, reason, last_run_at. `items`: as_of_day and what `money_at_risk` reads, of all days.
    """
    opened = listed(items).filter(IS_OPEN)
    counts = {row["as_of_day"]: row for row in _counts(opened).iter_rows(named=True)}
    at_risk = money_at_risk(opened, "as_of_day").partition_by("as_of_day", as_dict=True)
    return [
        {
            "day": row["as_of_day"].isoformat(),
            "status": row["status"] or NOT_FINISHED,
            "open_breaks": counts.get(row["as_of_day"], {}).get("open_breaks", 0),
            "s1_breaks": counts.get(row["as_of_day"], {}).get("s1_breaks", 0),
            "money_at_risk": [
                {"currency": risk["currency"], "amount_at_risk_minor": risk["amount_at_risk_minor"],
                 "amount_at_risk": major_text(risk["amount_at_risk_minor"], risk["currency"])}
                for risk in at_risk.get((row["as_of_day"],), opened.clear()).iter_rows(named=True)
                if risk["at_risk_count"]
            ],
            "last_run_at": row["last_run_at"],
            "reason": row["reason"],
        }
        for row in days.sort("as_of_day", descending=True).iter_rows(named=True)
    ]  # fmt: skip


def table_rows(lines: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A row per day under COLUMNS."""
    return [
        (
            line["day"],
            line["status"],
            f"{line['open_breaks']:,}",
            f"{line['s1_breaks']:,}",
            ", ".join(money(risk["amount_at_risk_minor"], risk["currency"]) for risk in line["money_at_risk"])
            or NOTHING,
            instant_text(line["last_run_at"]) if isinstance(line["last_run_at"], datetime) else NOTHING,
            printable(line["reason"] or _without_reason(line)),
        )
        for line in lines
    ]


def _without_reason(line: dict[str, Any]) -> str:
    """What to do about a day whose run is going on, or was ended before it could say how it ends."""
    is_open = line["status"] == NOT_FINISHED
    return f"If no run of it is going on: recon run --day {line['day']}" if is_open else ""


def _counts(opened: pl.DataFrame) -> pl.DataFrame:
    return opened.group_by("as_of_day").agg(
        open_breaks=pl.len().cast(pl.Int64), s1_breaks=(pl.col("severity") == "S1").sum().cast(pl.Int64)
    )
