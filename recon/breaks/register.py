"""The life of a break: day D is the closing of D-1 plus what day D found. Data opens, changes or resolves; what two
persons accepted or wrote off leaves the list, and comes back if its facts change.

A break is known by its `break_id`. What is NOTED is listed on its day and never carried forward. The identity, per
code and currency:   opening + new + reopened + changed in - changed out - resolved - decided = closing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import polars as pl

from recon.breaks.catalogue import DECIDED, State
from recon.breaks.items import ITEM_SCHEMA, SORT_KEY, Row
from recon.schema import Schema

PER_CODE = ("break_code", "currency")


class ResolvedBy(StrEnum):
    """What brought the resolution."""

    FILE = "FILE"  # a report line of the day
    INQUIRY = "INQUIRY"  # our side took over what Alipay+ had answered
    PERSON = "PERSON"  # our side changed otherwise


class Movement(StrEnum):
    """What happened to a break on a day."""

    NEW = "NEW"
    REOPENED = "REOPENED"
    CARRIED = "CARRIED"
    CHANGED = "CHANGED"  # same break, other code or currency
    RESOLVED = "RESOLVED"
    NOTED = "NOTED"
    DECIDED = "DECIDED"  # accepted or written off from this day on
    KEPT = "KEPT"  # decided on an earlier day, and its facts are what they were
    ENDED = "ENDED"  # decided on an earlier day, and the data shows no break any more


OFF_THE_LIST = (State.NOTED, *DECIDED)  # outside the identity
OUTSIDE = (Movement.NOTED, Movement.KEPT, Movement.ENDED)


MOVEMENT_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "break_id": pl.String,
    "movement": pl.String,
    "code_before": pl.String,
    "code_after": pl.String,  # of a resolved break: null
    "currency_before": pl.String,
    "currency_after": pl.String,
    "outcome": pl.String,  # of a resolved or ended break: what the data says now
    "resolved_by": pl.String,  # ResolvedBy; null: not resolved
}


def close_day(
    found: list[Row], opening: pl.DataFrame, past: pl.DataFrame, day: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Items and movements of a day.

    `found`: the result of `build_items`, with the states that decisions gave. `opening`: the items of the day before
    that are not NOTED.
    `past`: `break_id, first_opened_day, openings` of every break ever opened before this day.
    """
    before = {row["break_id"]: row for row in opening.iter_rows(named=True)}
    openings = {row["break_id"]: row for row in past.iter_rows(named=True)}
    items, movements = [], []
    for item in found:
        key = str(item["break_id"])
        earlier = before.get(key) if item["state"] != State.NOTED else None
        items.append(item | _life(item, None if _comes_back(item, earlier) else earlier, openings.get(key), day))
        movements.append(_movement(item, earlier, openings.get(key), day))
    kept = {str(item["break_id"]) for item in found if item["state"] != State.NOTED}
    movements += [_resolved(row, day) for key, row in before.items() if key not in kept]
    closing = pl.DataFrame(items, schema=ITEM_SCHEMA, orient="row")
    return (
        closing.sort(SORT_KEY, descending=[False, False, True, False], nulls_last=True),
        pl.DataFrame(movements, schema=MOVEMENT_SCHEMA, orient="row").sort("break_id"),
    )


def _comes_back(item: Row, earlier: Row | None) -> bool:
    """It was accepted or written off, and its facts are no longer what they were."""
    return earlier is not None and earlier["state"] in DECIDED and item["state"] not in DECIDED


def _life(item: Row, earlier: Row | None, past: Row | None, day: date) -> Row:
    if earlier is not None:
        opened = earlier["opened_day"]
        return {
            "opened_day": opened,
            "age_days": (day - opened).days,
            "first_opened_day": earlier["first_opened_day"],
            "reopened_count": earlier["reopened_count"],
            "previous_code": earlier["break_code" if earlier["break_code"] != item["break_code"] else "previous_code"],
        }
    is_again = past is not None and item["state"] != State.NOTED
    return {
        "opened_day": day,
        "age_days": 0,
        "first_opened_day": past["first_opened_day"] if past and is_again else day,
        "reopened_count": past["openings"] if past and is_again else 0,
        "previous_code": None,
    }


def _movement(item: Row, earlier: Row | None, past: Row | None, day: date) -> Row:
    if item["state"] == State.NOTED:
        kind = Movement.NOTED
    elif _comes_back(item, earlier):
        kind = Movement.REOPENED
    elif item["state"] in DECIDED:
        kind = Movement.KEPT if earlier and earlier["state"] in DECIDED else Movement.DECIDED
    elif earlier is None:
        kind = Movement.NEW if past is None else Movement.REOPENED
    elif (earlier["break_code"], earlier["currency"]) == (item["break_code"], item["currency"]):
        kind = Movement.CARRIED
    else:
        kind = Movement.CHANGED
    return _line(day, kind, earlier, item)


def _resolved(row: Row, day: date) -> Row:
    return _line(day, Movement.ENDED if row["state"] in DECIDED else Movement.RESOLVED, row, None)


def _line(day: date, kind: Movement, before: Row | None, after: Row | None) -> Row:
    return dict.fromkeys(MOVEMENT_SCHEMA) | {
        "as_of_day": day,
        "break_id": (after or before or {})["break_id"],
        "movement": str(kind),
        "code_before": before and before["break_code"],
        "code_after": after and after["break_code"],
        "currency_before": before and before["currency"],
        "currency_after": after and after["currency"],
    }


def register_identity(
    opening: pl.DataFrame, movements: pl.DataFrame, closing: pl.DataFrame, by: Sequence[str] = PER_CODE
) -> pl.DataFrame:
    """One line per code and currency: opening, each kind of movement, closing, and the residual that must be zero.

    `by`: PER_CODE, or with one more column that all three have, to see where a residual comes from.
    """
    also = [name for name in by if name not in PER_CODE]
    moved = movements.filter(~pl.col("movement").is_in(OUTSIDE))
    leaving = moved.filter(pl.col("movement").is_in([Movement.CHANGED, Movement.RESOLVED, Movement.DECIDED])).select(
        *also,
        break_code="code_before",
        currency="currency_before",
        kind=pl.concat_str(pl.col("movement"), pl.lit("_out")),
    )
    coming = moved.filter(pl.col("movement").is_in([Movement.NEW, Movement.REOPENED, Movement.CHANGED])).select(
        *also, break_code="code_after", currency="currency_after", kind=pl.concat_str(pl.col("movement"), pl.lit("_in"))
    )
    sides = [
        _on_the_list(opening).select(*also, *PER_CODE, kind=pl.lit("opening")),
        _on_the_list(closing).select(*also, *PER_CODE, kind=pl.lit("closing")),
        leaving,
        coming,
    ]
    kinds = ("opening", "NEW_in", "REOPENED_in", "CHANGED_in", "CHANGED_out", "RESOLVED_out", "DECIDED_out", "closing")
    counted = (
        pl.concat(sides)
        .group_by(by)
        .agg(**{kind.lower(): (pl.col("kind") == kind).sum().cast(pl.Int64) for kind in kinds})
    )
    residual = (
        pl.col("opening") + pl.col("new_in") + pl.col("reopened_in") + pl.col("changed_in")
        - pl.col("changed_out") - pl.col("resolved_out") - pl.col("decided_out") - pl.col("closing")
    )  # fmt: skip
    return counted.with_columns(residual=residual).sort(by)


def _on_the_list(items: pl.DataFrame) -> pl.DataFrame:
    return items.filter(~pl.col("state").is_in(OFF_THE_LIST))
