"""What recent rows of an orders source say of units, statuses and keys."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from recon.listing import counted
from recon.orders.canonical import Fault, TableRule, add_examples, canonical, shown_values
from resources.orders_db.snapshot import Table
from resources.orders_db.window import Times, in_source
from resources.settings.orders import PaymentsQuery, RefundsQuery
from views.doctor.findings import Finding, note, ok, wrong

LOOK_BACK = timedelta(days=2)
MOST_BATCHES = 4
SHOWN = 3
ENOUGH = 20  # rows before a pattern is worth a word
NEARLY_ALL = 0.95
HUNDRED = 100
TWO_DECIMALS = ("EUR", "USD", "GBP", "CHF", "CNY", "HKD", "SGD", "MYR", "PHP", "THB", "AUD", "CAD", "AED", "PLN")
KEYS = {"payments": "payment_request_id", "refunds": "refund_request_id"}


@dataclass
class Recent:
    """The rows of the last two days, at most some hundred thousand, and what was noticed while they were read."""

    rows: pl.DataFrame
    is_whole: bool = True  # False: there are more rows
    unmapped: Counter[str] = field(default_factory=Counter)
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: dict[Fault, tuple[str, ...]] = field(default_factory=dict)


def read_recent(table: Table, rule: TableRule, times: Times, at: datetime) -> Recent:
    """Reads them in batches, and stops early."""
    begin, end = at - LOOK_BACK, at + timedelta(days=1)
    recent, parts = Recent(pl.DataFrame(schema=rule.schema)), [pl.DataFrame(schema=rule.schema)]
    for batch in table.batches(in_source(table, times, begin, end, rule.zone)):
        if len(parts) > MOST_BATCHES:
            recent.is_whole = False
            break
        converted = canonical(batch(), rule)
        parts.append(converted.rows)
        recent.unmapped.update(converted.unmapped + converted.unmapped_words)
        recent.faults.update(converted.faults)
        add_examples(recent.examples, converted.examples)
    recent.rows = pl.concat(parts)
    return recent


def row_findings(
    recent: Recent, name: str, key: str, query: PaymentsQuery | RefundsQuery, unmapped_share: float
) -> list[Finding]:
    """In the order in which they matter."""
    if recent.rows.is_empty():
        if query.may_be_empty:
            return [note(f"{name} rows", "none in the last two days")]
        do = "Correct the query, or set it to true if that is normal"
        return [wrong(f"{name} rows", "none in the last two days", f"{key}.may_be_empty", do)]
    number = f"{recent.rows.height:,}{'' if recent.is_whole else ' or more'} of the last two days"
    return [
        _values(recent, name, key, number),
        _unit(recent.rows, name, key, query),
        _statuses(recent, name, key, unmapped_share),
        _keys(recent.rows, name, key),
    ]


def _values(recent: Recent, name: str, key: str, number: str) -> Finding:
    """Whether each value can be read exactly."""
    if not recent.faults:
        return ok(f"{name} rows", f"{number}, each value is exact")
    fault, count = min(recent.faults.items(), key=lambda item: (-item[1], item[0]))
    shown = shown_values(recent.examples.get(fault, ()))
    column, what = fault
    others = f", and {counted(len(recent.faults) - 1, 'other fault')}" if len(recent.faults) > 1 else ""
    do = "Correct the rows, or unit, zone and columns"
    return wrong(
        f"{name} rows", f"{column} {what} in {count} of {number}{shown}{others}", f"{key}.columns.{column}", do
    )


def _unit(rows: pl.DataFrame, name: str, key: str, query: PaymentsQuery | RefundsQuery) -> Finding:
    """Two amounts of one order a factor of a hundred apart, or amounts that look like the other unit."""
    check, unit = f"{name} unit", query.amount_unit
    same = rows.filter(
        (pl.col("currency") == pl.col("settlement_currency"))
        & (pl.col("amount_minor") > 0)
        & (pl.col("settlement_amount_minor") > 0)
    )
    amount, settled = pl.col("amount_minor"), pl.col("settlement_amount_minor")
    for factor in (amount == HUNDRED * settled, settled == HUNDRED * amount):
        apart = same.filter(factor).height
        if same.height >= ENOUGH and apart > NEARLY_ALL * same.height:
            what = f"amount and settlement amount are a factor of 100 apart in {apart} of {counted(same.height, 'row')}"
            keys = f"{key}.amount_unit, {key}.settlement_amount_unit"
            return wrong(check, what, keys, "One of the two is wrong")
    cents = rows.filter(pl.col("currency").is_in(TWO_DECIMALS), pl.col("amount_minor").is_not_null())
    typical = cents["amount_minor"].median()
    if typical is None or cents.height < ENOUGH:
        return ok(check, f"{unit}; too few rows for a doubt")
    shown = f"{unit}; typically {float(typical) / HUNDRED:,.2f} in currencies with two decimals"  # type: ignore[arg-type]
    is_round = (cents["amount_minor"] % HUNDRED == 0).mean()
    if unit == "major" and is_round == 1:
        return note(check, f"{shown}, and never a cent", f"{key}.amount_unit", 'If that is too much, set "minor"')
    if unit == "minor" and float(typical) < HUNDRED:  # type: ignore[arg-type]
        return note(check, shown, f"{key}.amount_unit", 'If that is too little, set "major"')
    return ok(check, shown)


def _statuses(recent: Recent, name: str, key: str, tolerated: float) -> Finding:
    """Raw statuses without a meaning, and how often."""
    check, count = f"{name} statuses", sum(recent.unmapped.values())
    if not count:
        kinds = recent.rows["status_raw"].n_unique()
        return ok(check, f"{counted(kinds, 'status', 'statuses')} in use, none without a meaning")
    often = sorted(recent.unmapped.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    examples = ", ".join(f'"{raw}" ({rows})' for raw, rows in often)
    what = f"not mapped in {count} of {counted(recent.rows.height, 'row')}: {examples}"
    if count <= tolerated * recent.rows.height:
        return note(check, f"{what}; no run stops for so few", f"{key}.status.map", "Add a line for each")
    return wrong(check, what, f"{key}.status.map", "Add a line for each")


def _keys(rows: pl.DataFrame, name: str, key: str) -> Finding:
    """A key that two rows share would match twice."""
    column = KEYS[name]
    there = rows[column].drop_nulls()
    repeated = len(there) - there.n_unique()
    if repeated:
        do = "Look for a join that multiplies rows"
        return wrong(f"{name} keys", f"a repeated {column} in {counted(repeated, 'row')}", f"{key}.query", do)
    return ok(f"{name} keys", f"each {column} is there once")
