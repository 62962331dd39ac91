"""The story of a clearing batch or a settlement: its files and totals, who paid it, the bank, the proof, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from recon.listing import counted
from recon.tie_out import figure
from views.trail.event import Event, Row, amount, of_day, place


@dataclass
class BatchRows:
    """What was gathered: rows of tables, with `as_of_day`; report lines with the origin of their file and `raw`."""

    keys: list[str] = field(default_factory=list)  # <agreement>:<currency>:<batch id>, as breaks name them
    files: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)  # of summary sections
    lines: list[Row] = field(default_factory=list)  # of Transaction Summary and Settlement
    edges: list[Row] = field(default_factory=list)
    batches: list[Row] = field(default_factory=list)
    settlements: list[Row] = field(default_factory=list)


def batch_events(found: BatchRows, grace: timedelta) -> Iterator[Event]:
    """All that is known of the batches, in no order."""
    yield from (of_day("file", row, _file(row), grace) for row in found.files)
    yield from (of_day("report", row, _total(row), grace) for row in found.totals)
    yield from (of_day("report", row, _line(row), grace) for row in found.lines)
    yield from (of_day("edge", row, _edge(row), grace) for row in found.edges)
    yield from _standing("batch", found.batches, "clearing_batch_id", _batch, grace)
    yield from _standing("settlement", found.settlements, "settlement_batch_id", _settlement, grace)


def _standing(
    kind: str, rows: Iterable[Row], key: str, text_of: Callable[[Row], str], grace: timedelta
) -> Iterator[Event]:
    """The state of each, on the days where that changed."""
    shown: dict[object, str] = {}
    for row in sorted(rows, key=lambda row: str(row["as_of_day"])):
        text = f"{kind} {row[key]}: {text_of(row)}"
        if shown.get(row[key]) != text:
            yield of_day(kind, row, text, grace)
        shown[row[key]] = text


def _file(row: Row) -> str:
    superseded = "" if row["is_current"] else ", superseded"
    finding = f", finding: {row['finding']}" if row["finding"] else ""
    rows = counted(row["row_count"], "row")
    return f"{row['kind']} {row['file_name']} version {row['version']}{superseded}: {rows}{finding}"


def _total(row: Row) -> str:
    count = "" if row["total_count"] is None else f"{counted(row['total_count'], 'row')}, "
    value = f", value date {row['value_date']}" if row["value_date"] else ""
    net = _signed(row["net_amount_minor"], row["sign"], row["settlement_currency"])
    return f"{row['kind']} states {count}{net}{value}: {place(row)}"


def _line(row: Row) -> str:
    net = _signed(row["settlement_amount_minor"], row["sign"], row["settlement_currency"])
    does = f"settlement {row['batch_id']} pays" if row["kind"] == "settlement" else f"{row['kind']} clears"
    return f"{does} batch {row['clearing_batch_id']} with {net}: {place(row)}"


def _edge(row: Row) -> str:
    left, right = (f"{row[side + '_name']} {figure(row, row[side + '_value'])}" for side in ("left", "right"))
    return f"{row['edge']}, {row['verdict']}: {left}, {right}"


def _batch(row: Row) -> str:
    money = [amount(row[name], row["settlement_currency"]) for name in ("cleared_minor", "settled_minor")]
    cleared = f"cleared {money[0]}" if row["clearing_day"] else "no report of ours cleared it"
    if row["settled_minor"] is None:
        return f"{row['outcome']}, {cleared}, not settled, due {row['due_day']}"
    return f"{row['outcome']}, {cleared}, settled {money[1]} by {row['settlement_batch_ids']} on {row['settled_day']}"


def _settlement(row: Row) -> str:
    total, listed, other, bank = (
        amount(row[f"{name}_minor"], row["settlement_currency"]) for name in ("total", "listed", "other", "bank")
    )
    more = f"and {other} besides" if row["other_minor"] else ""
    received = f"the bank received {bank} on {row['bank_value_date']}"
    at_bank = "no line of the bank yet" if row["bank_minor"] is None else received
    return f"{row['outcome']}, total {total} of {listed} in its lines{more}, value date {row['value_date']}, {at_bank}"


def _signed(minor: int | None, sign: int | None, currency: str | None) -> str:
    return amount(None if minor is None or sign is None else minor * sign, currency)
