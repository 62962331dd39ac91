"""The daily digest of a team: what is new, due soon, oldest and at risk on its part of a list, and what was decided.

As in alerts, no id of a payment, order or customer is in it, and no name of a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from recon.alerts import AlertText, Digest
from recon.breaks.at_risk import HAS_RISK, IN_DOUBT
from recon.breaks.catalogue import DECIDED
from recon.breaks.register import Movement
from recon.breaks.selection import IS_OPEN
from recon.listing import counted
from recon.schema import Schema
from resources.settings.alerts import DigestSettings
from views.alerts.texts import URGENT_SCHEMA, at_risk_text, by_action, listed_lines
from views.urgency import NEAR, by_urgency, is_due_soon
from views.wording import STATES, instant_text, money

DIGEST_SCHEMA: Schema = URGENT_SCHEMA | {  # what digests read of a list
    "opened_day": pl.Date,
    "value_currency": pl.String,
    "movement": pl.String,  # recon.breaks.register.Movement
    "owner": pl.String,  # a person or a team, as somebody assigned it
    "snoozed_until": pl.Date,
    "waits_for_approval": pl.String,
    "decided_currency": pl.String,
    "decided_minor": pl.Int64,
}
FACTS = (  # what makes a list another one
    "break_id", "reopened_count", "break_code", "severity", "state", "deadline_at", "currency", "amount_at_risk_minor",
    "flags", "who_acts", "what_to_do", "owner", "snoozed_until", "waits_for_approval",
)  # fmt: skip
NEWS = (Movement.NEW, Movement.REOPENED, Movement.CHANGED)


def daily_digests(rows: pl.DataFrame, teams: Sequence[DigestSettings], day: date, moment: datetime) -> list[Digest]:
    """One digest for each team. `rows`: DIGEST_SCHEMA; `moment`: the instant for which the list was made.

    A break that somebody assigned to a team by its name is that team's only, whoever acts by the catalogue.
    """
    names = [team.team for team in teams]
    return [_digest(rows.filter(_is_of(team, names)), team.team, day, moment) for team in teams]


def _is_of(team: DigestSettings, names: Sequence[str]) -> pl.Expr:
    is_assigned = pl.col("owner").is_in(list(names)).fill_null(value=False)
    acts = pl.col("who_acts").is_in(list(team.who_acts)).fill_null(value=False)
    return pl.when(is_assigned).then(pl.col("owner") == team.team).otherwise(acts)


def _digest(rows: pl.DataFrame, team: str, day: date, moment: datetime) -> Digest:
    opened = by_urgency(rows.filter(IS_OPEN), moment)
    new = opened.filter(pl.col("movement").is_in(list(NEWS)))
    lines = [
        *_open(opened, day),
        *_new(new),
        *_due(opened.filter(is_due_soon(moment)), moment),
        *_oldest(opened, day),
        *_decided(rows.filter(pl.col("movement") == Movement.DECIDED), day),
        *_waiting(opened),
    ]
    counts = f"{opened.height:,} open, {new.height:,} new" if opened.height else "nothing is open"
    text = AlertText(
        f"Daily digest of {team} for {day}: {counts}",
        "\n".join(lines),
        "Work from the top of the list; each line says who acts and what to do."
        if opened.height
        else "Nothing; the next proved day has its own digest.",
    )
    return Digest(team, day, _fingerprint(rows), text)


def _open(opened: pl.DataFrame, day: date) -> list[str]:
    if opened.is_empty():
        return ["Open: no break."]
    snoozed = opened.filter(pl.col("snoozed_until") > day).height
    also = f"; {snoozed:,} of them snoozed" if snoozed else ""
    return [f"Open: {counted(opened.height, 'break')}, {at_risk_text(opened)}{also}.", *_values(opened)]


def _values(opened: pl.DataFrame) -> list[str]:
    """What the money at risk of each other currency is worth in the reporting currency; no sum over currencies."""
    sure = opened.filter(HAS_RISK & ~IN_DOUBT, pl.col("currency") != pl.col("value_currency"))
    sums = sure.group_by("currency", "value_currency").agg(pl.col("amount_at_risk_minor", "value_minor").sum())
    parts = [
        f"{money(amount, currency)} is worth {money(value, reporting)}"
        for currency, reporting, amount, value in sums.sort("currency", "value_currency").iter_rows()
    ]
    return [f"In the reporting currency: {', '.join(parts)}."] if parts else []


def _new(new: pl.DataFrame) -> list[str]:
    if new.is_empty():
        return ["New, or with another code: none."]
    return [
        listed_lines(f"New, or with another code: {counted(new.height, 'break')}, {at_risk_text(new)}:", by_action(new))
    ]


def _due(due: pl.DataFrame, moment: datetime) -> list[str]:
    limit = instant_text(moment + NEAR)
    if due.is_empty():
        return [f"Deadlines until {limit}: none."]
    first = due["deadline_at"].min()
    assert isinstance(first, datetime)
    breaks = f"{counted(due.height, 'break')}, {at_risk_text(due)}"
    return [f"Deadlines until {limit}: {breaks}; the first is {instant_text(first)}."]


def _oldest(opened: pl.DataFrame, day: date) -> list[str]:
    oldest = opened.sort("opened_day", maintain_order=True, nulls_last=True).head(1)
    return [
        f"Oldest: {row['break_code']} {row['break_name']}, open since {row['opened_day']} "
        f"({counted((day - row['opened_day']).days, 'day')})."
        for row in oldest.iter_rows(named=True)
        if row["opened_day"]
    ]


def _decided(decided: pl.DataFrame, day: date) -> list[str]:
    """What two people took off the list since the list of the day before."""
    parts = []
    for state in DECIDED:
        taken = decided.filter(pl.col("state") == state)
        sums = taken.group_by("decided_currency").agg(pl.col("decided_minor").sum()).sort("decided_currency")
        amounts = ", ".join(money(minor, currency) for currency, minor in sums.iter_rows())
        parts += [f"{counted(taken.height, 'break')} {STATES[state]}, {amounts}"] if taken.height else []
    return [f"Decided on the list of {day - timedelta(days=1)}: {'; '.join(parts) or 'nothing'}."]


def _waiting(opened: pl.DataFrame) -> list[str]:
    count = opened.filter(pl.col("waits_for_approval").is_not_null()).height
    return [f"Waiting for a second person: {counted(count, 'break')}."] if count else []


def _fingerprint(rows: pl.DataFrame) -> str:
    """Another one means that the team's part of the list is another one."""
    facts = rows.select(FACTS).sort("break_id").rows()
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()
