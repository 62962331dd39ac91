"""Some breaks of a day as a table for a terminal, as JSON and as CSV: the most urgent first, each whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from recon.breaks.at_risk import HAS_RISK, IN_DOUBT
from recon.export_text import csv_bytes, major_text, printable
from recon.listing import counted
from views.day_report.decided import LAPSED, WAITS
from views.terminal import json_text
from views.who_and_where import merchant_text
from views.wording import NOTHING, actor, money, name_text

COLUMNS = (("", "left"), ("code", "left"), ("break", "left"), ("at risk", "right"), ("value", "right"),
           ("until (UTC+8)", "left"), ("days", "right"), ("who acts", "left"), ("merchant", "left"),
           ("id", "left"))  # fmt: skip
KEYS = ("refund_request_id", "payment_request_id", "provider_transaction_id", "order_key", "break_id")


OF_PEOPLE = (("owner", "left"), ("decision", "left"))  # where somebody decided about one of the breaks
PIPED = ("break id", "left")  # the last column where a program reads the table
OF_SEVERAL = re.compile(r"^and [\d,]+ trifles?,")  # how `trifles_line` begins
AGREED = "two people agreed: off the list of the next day"


def columns_of(items: pl.DataFrame, *, piped: bool = False) -> tuple[tuple[str, str], ...]:
    """The columns of `table_rows`: COLUMNS, OF_PEOPLE, PIPED."""
    return (*COLUMNS, *(OF_PEOPLE if _has_decisions(items) else ()), *((PIPED,) if piped else ()))


def trifles_line(count: int) -> str:
    """The line below the table for the small breaks that it leaves out."""
    return f"and {counted(count, 'trifle')}, each worth less than the small amount of recon.toml; --small shows them"


def table_rows(items: pl.DataFrame, *, piped: bool = False) -> list[tuple[str, ...]]:
    """A row per break under `columns_of`; text from outside cannot steer the terminal.

    `items`: ITEM_SCHEMA, and what `recon.decisions.effect.standing_on_list` says of each if that is known.
    """
    is_decided = _has_decisions(items)
    rows = (
        (
            row["severity"],
            row["break_code"],
            name_text(row["break_name"]),
            money(row["amount_at_risk_minor"] or None, row["currency"]) + (" in doubt" if row["is_in_doubt"] else ""),
            money(row["value_minor"], row["value_currency"]),
            _moment(row["deadline_at"]),
            str(row["age_days"]),
            actor(row["who_acts"]),
            merchant_text(row) or NOTHING,
            next(str(row[name]) for name in KEYS if row[name]),
            *((row["owner"] or NOTHING, _decision(row) or NOTHING) if is_decided else ()),
            *([row["break_id"]] if piped else []),
        )
        for row in items.with_columns(is_in_doubt=HAS_RISK & IN_DOUBT).iter_rows(named=True)
    )
    return [tuple(printable(str(cell)) for cell in row) for row in rows]


def _has_decisions(items: pl.DataFrame) -> bool:
    rows = items.iter_rows(named=True) if "owner" in items.columns else ()
    return any(row["owner"] or _decision(row) for row in rows)


def _decision(row: Mapping[str, object]) -> str:
    """What was decided about a break, in few words; empty if nothing was."""
    snoozed, reference = row["snoozed_until"], row["reference"]
    is_agreed = row["approved_by"] and not row["lapsed"]
    parts = (
        AGREED if is_agreed else WAITS.get(str(row["waits_for_approval"])) or LAPSED.get(str(row["lapsed"])),
        f"snoozed until {snoozed}" if snoozed else "",
        f"reference {reference}" if reference else "",
    )
    return "; ".join(part for part in parts if part)


def as_csv(items: pl.DataFrame) -> str:
    """The columns of `breaks.csv`, then what people decided; no cell runs in a spreadsheet."""
    return csv_bytes(items).decode()


def as_json(items: pl.DataFrame) -> str:
    """A list of objects with the columns of `as_csv`, and the amount at risk as people read it."""
    rows = [
        row | {"amount_at_risk": major_text(row["amount_at_risk_minor"] or 0, row["currency"]),
               "evidence": json.loads(row["evidence"] or "null")}
        for row in items.iter_rows(named=True)
    ]  # fmt: skip
    return json_text(rows)


def _moment(value: object) -> str:
    return f"{value + timedelta(hours=8):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else NOTHING
