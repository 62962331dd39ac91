"""The head of the report: what the proof rests on, how many breaks are open, what money is at risk, who acts.

Frames of a day in, words out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from recon.breaks.ageing import by_age, with_spans
from recon.breaks.at_risk import HAS_RISK, IN_DOUBT, money_at_risk
from recon.breaks.catalogue import State
from recon.listing import counted
from recon.tie_out import Ending
from views.day_report.break_cards import Card, anchor
from views.day_report.day_facts import DayFacts
from views.day_report.proof_tables import conservation_rows
from views.day_report.tied_out import edge_lines
from views.urgency import NEAR
from views.who_and_where import by_merchant
from views.wording import NOTHING, SEVERITIES, actor, day_text, instant_text, money, morning_text

Page = dict[str, Any]
MERCHANTS = 200  # of the table; the workbook has all


def proof_lines(facts: DayFacts) -> list[tuple[str, bool]]:
    """What holds, in four short lines, each with whether it does."""
    current = facts.files.filter(pl.col("is_current").fill_null(value=False))
    lines = edge_lines(facts.edges)
    wrong, totals = sum(line.count(Ending.FAILS) for line in lines), sum(line.compared for line in lines)
    is_listed = sum(line.count(Ending.LISTED) for line in lines)
    listed = f"listed as {'a break' if is_listed == 1 else 'breaks'}: {is_listed}"
    verdict = f"differing: {wrong}" if wrong else listed if is_listed else "none differs"
    left = sum(abs(row["counts"][-1]) for row in conservation_rows(facts.conservation))
    inputs = sum(row["counts"][0] for row in conservation_rows(facts.conservation))
    residual = int(facts.register["residual"].abs().sum())
    return [
        (f"{counted(current.height, 'report file')}, {counted(int(current['row_count'].sum()), 'row')}", True),
        (f"{counted(totals, 'control total')}, {verdict}", not wrong),
        (f"{counted(inputs, 'input')}, {'each with one outcome' if not left else f'{left} without one'}", not left),
        ("the register adds up" if not residual else f"{counted(residual, 'break')} not accounted for", not residual),
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
    first_day = waiting["turns_real_day"].min()
    first = morning_text(moment, first_day - facts.day) if isinstance(first_day, date) else ""
    return [
        ("Open breaks", f"{opened.height:,}", " · ".join(levels)),
        ("Since yesterday", f"+{new:,} −{gone:,}", f"{new:,} opened, {gone:,} resolved"),
        (
            "Next deadline",
            instant_text(due).split(",")[0]
            if isinstance(due, datetime)
            else f"none within {counted(NEAR.days, 'day')}",
            ", ".join(part for part in (_time(due), f"{late:,} passed" if late else "none has passed") if part),
        ),
        (
            "Waiting",
            f"{waiting.height:,}",
            f"the first becomes a break {first}" if first else "nothing becomes a break",
        ),
    ]


def _next_deadline(opened: pl.DataFrame, moment: datetime) -> object:
    now = moment.replace(tzinfo=None)
    return opened.filter(pl.col("deadline_at").is_between(now, now + NEAR))["deadline_at"].min()


def _time(moment: object) -> str:
    return instant_text(moment).split(", ")[1] if isinstance(moment, datetime) else ""


def stakes(items: pl.DataFrame) -> Page:
    """Money at risk per currency, and apart from it the figures in doubt: the sum, its largest part, who carries it."""
    sums = money_at_risk(items, "party")
    at_risk = _by_currency(sums, items.filter(HAS_RISK & ~IN_DOUBT), "at_risk_count", "amount_at_risk_minor")
    in_doubt = _by_currency(sums, items.filter(HAS_RISK & IN_DOUBT), "in_doubt_count", "in_doubt_minor")
    return {"stakes": at_risk, "doubts": in_doubt, "risks": bool(at_risk or in_doubt)}


def _by_currency(sums: pl.DataFrame, items: pl.DataFrame, count: str, minor: str) -> list[Page]:
    """`sums`: one row per currency and party; `items`: the breaks in these sums."""
    rows = sums.filter(pl.col(count) > 0).sort("currency", count, "party", descending=[False, True, False])
    largest = items.sort("amount_at_risk_minor", "break_id", descending=[True, False]).unique(
        "currency", keep="first", maintain_order=True
    )
    first = {row["currency"]: row for row in largest.iter_rows(named=True)}
    return [
        {
            "currency": currency,
            "total": money(int(of_currency[minor].sum()), str(currency)),
            "number": f"{int(of_currency[count].sum()):,}",
            "largest": money(first[currency]["amount_at_risk_minor"], str(currency)),
            "anchor": anchor(first[currency]),
            "parts": [
                (row["party"] or "not known", f"{row[count]:,}", money(row[minor], row["currency"]))
                for row in of_currency.iter_rows(named=True)
            ],
        }
        for (currency,), of_currency in rows.group_by("currency", maintain_order=True)
    ]


def merchant_rows(items: pl.DataFrame) -> Page:
    """Open breaks by merchant: how many, money at risk in each currency, since when the oldest is open."""
    found = by_merchant(items)
    rows = []
    for _, of_merchant in found.group_by("merchant_id", maintain_order=True):
        first = of_merchant.row(0, named=True)
        amounts = [
            (money(row[minor], row["currency"]), note)
            for row in of_merchant.iter_rows(named=True)
            for minor, count, note in (("amount_at_risk_minor", "at_risk_count", ""), ("in_doubt_minor",
                                       "in_doubt_count", "in doubt"))
            if row[count]
        ]  # fmt: skip
        rows.append(
            {"merchant": first["merchant_name"] or first["merchant_id"], "id": first["merchant_id"],
             "breaks": f"{first['breaks']:,}", "s1": f"{first['s1']:,}", "at_risk": amounts,
             "oldest": day_text(first["oldest_day"])}
        )  # fmt: skip
    return {"merchants": rows[:MERCHANTS], "merchants_left": max(len(rows) - MERCHANTS, 0)}


def team_anchor(who: str) -> str:
    """The place of a team in the page, the same on every day: `team-finance`."""
    return "team-" + (re.sub(r"[^a-z0-9]+", "-", who.lower()).strip("-") or "other")


def team_starts(shown: Sequence[Card]) -> dict[str, str]:
    """Anchor of the first break of each team that is on the page -> the place of the team."""
    starts: dict[str, str] = {}
    for one in shown:
        starts.setdefault(team_anchor(one["who"]), one["anchor"])
    return {break_anchor: team for team, break_anchor in starts.items()}


def age_rows(items: pl.DataFrame) -> Page:
    """Open breaks by age: how many, their value in the reporting currency, and apart from it what has none."""
    spans = by_age(items)
    if not spans["breaks"].sum():
        return {"ages": []}
    currency = items["value_currency"].drop_nulls().first()
    doubts = money_at_risk(with_spans(items), "span").filter(pl.col("in_doubt_count") > 0)
    rows = []
    for row in spans.iter_rows(named=True):
        of_span = doubts.filter(pl.col("span") == row["span"]).select("in_doubt_minor", "currency")
        apart = [f"in doubt: {money(amount, of)}" for amount, of in of_span.iter_rows()]
        if row["unvalued_count"]:
            apart.append(f"{row['unvalued_count']:,} without a rate")
        value = money(row["value_minor"] or None, str(currency)) if currency else NOTHING
        rows.append({"days": row["span"], "breaks": row["breaks"], "value": value, "apart": apart})
    return {"ages": rows}


def by_actor(opened: pl.DataFrame, moment: datetime) -> list[Page]:
    """Open breaks by who acts: one count for each severity, and the next deadline if it is near."""
    found = []
    for (who,), rows in opened.group_by("who_acts", maintain_order=True):
        counts = [rows.filter(pl.col("severity") == code).height for code in SEVERITIES]
        due = _next_deadline(rows, moment)
        next_due = instant_text(due) if isinstance(due, datetime) else ""
        found.append(
            {"who": actor(str(who)), "counts": counts, "total": rows.height, "next": next_due,
             "team": team_anchor(actor(str(who)))}
        )  # fmt: skip
    return sorted(found, key=lambda row: (-row["total"], row["who"]))
