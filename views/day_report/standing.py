"""The head of the report: what the proof rests on, how many breaks are open, what money is at risk, who acts.

Frames of a day in, words out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from recon.breaks.catalogue import State
from views.day_report.break_cards import anchor
from views.day_report.day_facts import DayFacts
from views.day_report.proof_tables import conservation_rows
from views.day_report.tied_out import edge_lines
from views.urgency import NEAR
from views.wording import SEVERITIES, actor, counted, instant_text, money, morning_text

Page = dict[str, Any]
IN_DOUBT = pl.col("break_code").is_in(["P09", "I03"]) | pl.col("flags").fill_null("").str.contains(r"\bSCALE\b")


def proof_lines(facts: DayFacts) -> list[tuple[str, bool]]:
    """What holds, in four short lines, each with whether it does."""
    current = facts.files.filter(pl.col("is_current").fill_null(value=False))
    lines = edge_lines(facts.edges)
    wrong, totals = sum(line.bad for line in lines), sum(line.compared for line in lines)
    is_listed = sum(line.listed for line in lines)
    verdict = f"{wrong} differ" if wrong else f"{is_listed} listed as breaks" if is_listed else "none differs"
    left = sum(abs(row["counts"][-1]) for row in conservation_rows(facts.conservation))
    inputs = sum(row["counts"][0] for row in conservation_rows(facts.conservation))
    residual = int(facts.register["residual"].abs().sum())
    return [
        (f"{counted(current.height, 'report file')}, {counted(int(current['row_count'].sum()), 'row')}", True),
        (f"{counted(totals, 'control total')}, {verdict}", not wrong),
        (f"{counted(inputs, 'input')}, {'each with one outcome' if not left else f'{left} without one'}", not left),
        ("the register adds up" if not residual else f"{residual} breaks are not accounted for", not residual),
    ]


def at_a_glance(
    facts: DayFacts, items: pl.DataFrame, opened: pl.DataFrame, moment: datetime
) -> list[tuple[str, str, str]]:
    """Four figures: name, value, and a line below it."""
    moved = facts.moved.filter(pl.col("as_of_day") == facts.day)
    new, gone = int(moved["opened"].sum()), int(moved["closed"].sum())
    waiting = items.filter(pl.col("state") == State.WAITING)
    levels = [f"{opened.filter(pl.col('severity') == code).height:,} {code}" for code in SEVERITIES]
    now = moment.replace(tzinfo=None)
    due = _next_deadline(opened, moment)
    late = opened.filter(pl.col("deadline_at") < now).height
    first_real = waiting["turns_real_day"].min()
    return [
        ("Open breaks", f"{opened.height:,}", " · ".join(levels)),
        (
            "Since yesterday",
            f"+{new:,} −{gone:,}",
            f"{new:,} opened, {gone:,} resolved",
        ),
        (
            "Next deadline",
            instant_text(due).split(",")[0] if isinstance(due, datetime) else f"none within {NEAR.days} days",
            ", ".join(part for part in (_time(due), f"{late:,} passed" if late else "none has passed") if part),
        ),
        (
            "Waiting",
            f"{waiting.height:,}",
            f"first turns real {morning_text(moment, first_real - facts.day)}"
            if isinstance(first_real, date)
            else "nothing turns real",
        ),
    ]


def _next_deadline(opened: pl.DataFrame, moment: datetime) -> object:
    now = moment.replace(tzinfo=None)
    return opened.filter(pl.col("deadline_at").is_between(now, now + NEAR))["deadline_at"].min()


def _time(moment: object) -> str:
    return instant_text(moment).split(", ")[1] if isinstance(moment, datetime) else ""


def money_at_risk(items: pl.DataFrame) -> list[Page]:
    """Per currency: the sum, its largest part, and who carries how much of it. Currencies are never added."""
    at_risk = items.filter((pl.col("amount_at_risk_minor") > 0) & pl.col("currency").is_not_null())
    rows = (
        at_risk.group_by("currency", "party")
        .agg(amount=pl.col("amount_at_risk_minor").sum(), number=pl.len())
        .sort("currency", "number", "party", descending=[False, True, False])
    )
    largest = at_risk.sort("amount_at_risk_minor", "break_id", descending=[True, False]).unique(
        "currency", keep="first", maintain_order=True
    )
    first = {row["currency"]: row for row in largest.iter_rows(named=True)}
    return [
        {
            "currency": currency,
            "total": money(int(of_currency["amount"].sum()), str(currency)),
            "number": f"{int(of_currency['number'].sum()):,}",
            "largest": money(first[currency]["amount_at_risk_minor"], str(currency)),
            "anchor": anchor(first[currency]),
            "parts": [
                (row["party"] or "not known", f"{row['number']:,}", money(row["amount"], row["currency"]))
                for row in of_currency.iter_rows(named=True)
            ],
        }
        for (currency,), of_currency in rows.group_by("currency", maintain_order=True)
    ]


def stakes(items: pl.DataFrame) -> Page:
    """What the head of the page says of money: per currency, apart from figures that a wrong unit or currency made."""
    return {"stakes": money_at_risk(items.filter(~IN_DOUBT)), "doubts": money_at_risk(items.filter(IN_DOUBT))}


def by_actor(opened: pl.DataFrame, moment: datetime) -> list[Page]:
    """Open breaks by who acts: one count for each severity, and the next deadline if it is near."""
    found = []
    for (who,), rows in opened.group_by("who_acts", maintain_order=True):
        counts = [rows.filter(pl.col("severity") == code).height for code in SEVERITIES]
        due = _next_deadline(rows, moment)
        next_due = instant_text(due) if isinstance(due, datetime) else ""
        first = anchor(rows.row(0, named=True))
        found.append({"who": actor(str(who)), "counts": counts, "total": rows.height, "next": next_due, "first": first})
    return sorted(found, key=lambda row: (-row["total"], row["who"]))
