"""Past days once more with another configuration, in a scratch folder, and what that changes of their lists.

Replayed is what turns the frozen inputs into the list: tolerances, calendar, agreements, fees, settlement,
status maps. Reports are those that were parsed, orders those that were frozen: what reads them is not replayed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from assets.breaks.step import close_breaks
from assets.reconciled.step import reconcile_day
from assets.tied_out.step import tie_out_day
from recon.backtest import differences
from recon.breaks.incidents import listed
from recon.decisions import Decision
from recon.errors import StorageError
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.orders.canonical import TableRule, judged_anew
from recon.tie_out.proof import PROVED
from resources.orders_db.db import payments_rule_of, refunds_rule_of
from resources.past_state import state_before
from resources.published import Published
from resources.register import mark_day
from resources.settings import Settings
from resources.settings.rules import day_rules
from resources.warehouse import Warehouse

REPLAYED = (
    "participant.start_day",
    "agreements",
    "calendar",
    "tolerance",
    "reporting",
    "currencies",
    "fees",
    "settlement",
)
OF_ORDERS = ("status.map", "test_merchants")  # of [orders.payments] and [orders.refunds]
NOT_REPLAYED = ("participant.id", "orders", "reports")
RULES_OF = {"payments": payments_rule_of, "refunds": refunds_rule_of}


@dataclass(frozen=True)
class Differing:
    """A setting that the two configurations do not share."""

    key: str
    real: str
    other: str
    is_replayed: bool


def differing(real: Settings, other: Settings) -> list[Differing]:
    """The settings that differ and could change a list, in the order of their keys."""
    one, two = (dict(_flat("", settings.model_dump(by_alias=True))) for settings in (real, other))
    keys = sorted(key for key in one.keys() | two.keys() if one.get(key) != two.get(key))
    return [
        Differing(key, one.get(key, "not set"), two.get(key, "not set"), is_replayed)
        for key in keys
        if (is_replayed := _is_replayed(key)) or key.startswith(NOT_REPLAYED)
        if "write_back" not in key
    ]


def _is_replayed(key: str) -> bool:
    return key.startswith(REPLAYED) or (key.startswith("orders") and any(f".{part}" in key for part in OF_ORDERS))


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """`fees.rates[0].basis_points`: each value with its key."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple) and any(isinstance(inner, Mapping) for inner in value):
        for place, inner in enumerate(value):
            yield from _flat(f"{prefix}[{place}]", inner)
    elif value is not None:
        yield prefix, str(value)


def replay(
    real: Warehouse, other: Settings, days: Sequence[date], decisions: Sequence[Decision]
) -> Iterator[tuple[date, pl.DataFrame]]:
    """Each day with what differs of its list (`recon.backtest.DIFFERENCE_SCHEMA`); the first one starts from the real
    list of the day before. DayOrderError if a day has no real list, StorageError if its frozen orders are gone."""
    published = Published(real)
    for day in sorted(set(days) - set(published.proved_days())):
        published.require_proved(day)  # it says why
    with tempfile.TemporaryDirectory(prefix="recon-backtest-") as folder:
        scratch = state_before(real, days[0], Path(folder))
        with scratch.kept_open():
            for day in days:
                answers = published.evidence(day).select(*ANSWER_SCHEMA)
                with scratch.connect() as connection:
                    items = _play(connection, scratch, other, day, answers, decisions)
                yield day, differences(listed(published.items(day)), listed(items))


def _play(
    connection: duckdb.DuckDBPyConnection,
    scratch: Warehouse,
    other: Settings,
    day: date,
    answers: pl.DataFrame,
    decisions: Sequence[Decision],
) -> pl.DataFrame:
    """The list of a day with the other configuration."""
    _judge_orders(scratch, other, day)
    rules = day_rules(other)
    if other.settlement is not None:  # without it the control totals change no list
        tie_out_day(connection, scratch, other, day)
    reconcile_day(connection, scratch, day, rules, answers)
    items, _ = close_breaks(connection, scratch, day, rules, decisions)
    mark_day(connection, day, PROVED)
    return items


def _judge_orders(scratch: Warehouse, other: Settings, day: date) -> None:
    """The frozen orders of a day as the other status maps read them, in the place of their links."""
    for table, rule_of in RULES_OF.items():
        path = scratch.orders_path(table, day)
        if not path.exists():
            raise StorageError(
                "is gone, and its day is played from it", where=str(path), do=f"Run `recon run --day {day}` again"
            )
        scratch.require_sealed(path, day)
        rules: dict[str, TableRule] = {source.id: rule_of(source) for source in other.orders}
        rows = pl.read_parquet(path, glob=False)
        parts = [
            judged_anew(part, rules[str(source)]) if str(source) in rules else part
            for (source,), part in rows.group_by(["source_id"], maintain_order=True)
        ]
        if parts:
            path.with_name(f"{path.name}.sha256").unlink(missing_ok=True)  # the link to its seal
            scratch.write_parquet(pl.concat(parts).select(rows.columns), path)
