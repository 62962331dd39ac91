"""What decisions change on a list: a break that two persons agreed to accept or write off leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from recon.breaks.catalogue import DECIDED
from recon.decisions import Decision, rests_on
from recon.decisions.standing import AFTER, STANDING_SCHEMA, Standing, standing_row, standings


def known_on(decisions: Sequence[Decision], day: date) -> list[Decision]:
    """Those that count on the list of a day: made on an earlier list. So a day that runs again gives the same list."""
    return [decision for decision in decisions if decision.as_of_day < day]


def with_decisions(
    items: list[dict[str, object]],
    opening: Mapping[str, Mapping[str, object]],
    decisions: Sequence[Decision],
    day: date,
) -> tuple[list[dict[str, object]], pl.DataFrame]:
    """The breaks of a day with their states, and the decisions about each (STANDING_SCHEMA).

    `items`: as `build_items` makes them. `opening`: break_id -> row of the list of the day before.
    """
    standing_of = standings(known_on(decisions, day))
    rows, changed = [], []
    for item in items:
        key = str(item["break_id"])
        standing = standing_of.get(key)
        state = _state(item, opening.get(key), standing, day) if standing else None
        changed.append(item | {"state": state} if state else item)
        if standing:
            rows.append(standing_row(day, key, state, standing))
    return changed, pl.DataFrame(rows, schema=STANDING_SCHEMA, orient="row").sort("break_id")


def standing_on_list(decisions: Sequence[Decision], states: Mapping[str, str], day: date) -> pl.DataFrame:
    """The decisions in force about the breaks of a list (STANDING_SCHEMA), with what was decided on this very list.

    `states`: break_id -> state on the list of the day. What two persons agreed on upon this list counts on the next
    one: it has `approved_by`, and neither `state` nor `lapsed`.
    """
    rows = []
    for key, standing in standings([one for one in decisions if one.as_of_day <= day]).items():
        if key in states:
            state = states[key] if states[key] in DECIDED else None
            row = standing_row(day, key, state, standing)
            is_of_this_list = standing.closed_by is not None and standing.closed_by.as_of_day == day
            rows.append(row | {"lapsed": None} if is_of_this_list else row)
    return pl.DataFrame(rows, schema=STANDING_SCHEMA, orient="row").sort("break_id")


def _state(
    item: Mapping[str, object], earlier: Mapping[str, object] | None, standing: Standing, day: date
) -> str | None:
    """ACCEPTED or WRITTEN_OFF: from the list after the approval on, without a gap, while the facts stay the same."""
    if standing.approved is None or standing.closed_by is None or earlier is None:
        return None
    is_first = standing.closed_by.as_of_day == day - timedelta(days=1)
    if not is_first and earlier["state"] not in DECIDED:
        return None
    return str(AFTER[standing.approved.kind]) if rests_on(standing.approved, item) else None
