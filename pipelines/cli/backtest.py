"""`recon backtest`: what another configuration would have made of past days, compared with the real lists."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.backtest import Differing, differing, replay
from pipelines.build_resources import warehouse_of
from pipelines.cli.run import days_between
from recon.backtest import DIFFERENCE_SCHEMA, sums_of
from recon.errors import ReconError
from recon.export_text import printable
from recon.listing import counted
from resources.journals.decisions import DecisionJournal
from resources.published import Published
from resources.settings import load_settings
from views.terminal import print_json, print_line, show, table, waiting
from views.wording import NOTHING, money

SHOWN = 30  # differing breaks in the table; --json has all
LONG = 60  # characters of a setting
SETTINGS = (("setting", "left"), ("real", "left"), ("other", "left"), ("", "left"))
SUMS = (("day", "left"), ("breaks that", "left"), ("currency", "left"), ("real", "right"), ("at risk", "right"),
        ("other", "right"), ("at risk", "right"), ("in doubt", "right"))  # fmt: skip
BREAKS = (("day", "left"), ("break", "left"), ("id", "left"), ("real", "left"), ("at risk", "right"),
          ("other", "left"), ("at risk", "right"))  # fmt: skip


def show_backtest(config: Path | None, first: date, last: date, *, as_json: bool) -> None:
    """Plays the days and prints what differs. ReconError without a second configuration, or for days without a list."""
    if config is None:
        raise ReconError(
            "there is no second configuration", where="recon backtest",
            do="Copy recon.toml, change what you want to try, and give it: --config other.toml",
        )  # fmt: skip
    days = days_between(None, first, last)
    real = load_settings()
    other = load_settings(config)
    warehouse = warehouse_of(real)
    decisions = DecisionJournal(real.warehouse.directory).decisions(Published(warehouse).decision_heads())
    parts = [pl.DataFrame(schema=DIFFERENCE_SCHEMA)]
    with waiting(f"{counted(len(days), 'day')} with {config.name}", total=len(days)) as progress:
        for _, found in replay(warehouse, other, days, decisions):
            parts.append(found)
            if progress is not None:
                progress.advance(progress.task_ids[0])
    found, changed = pl.concat(parts), differing(real, other)
    if as_json:
        print_json(
            {"days": [day.isoformat() for day in days], "settings": [vars(one) for one in changed],
             "sums": sums_of(found).to_dicts(), "breaks": found.to_dicts()}
        )  # fmt: skip
        return
    _show(found, changed, days)


def _show(found: pl.DataFrame, changed: list[Differing], days: list[date]) -> None:
    rows = [
        (one.key, _short(one.real), _short(one.other), "" if one.is_replayed else "not replayed") for one in changed
    ]
    if rows:
        show(table("Settings that differ", SETTINGS, rows))
    else:
        print_line("No setting differs that could change a list")
    if found.is_empty():
        print_line(f"\nThe lists of {counted(len(days), 'day')} are the same with both configurations")
        return
    print_line("")
    show(table("Money at risk of the breaks that differ", SUMS, _sum_rows(sums_of(found))))
    print_line("")
    show(table("Breaks that differ", BREAKS, _break_rows(found.head(SHOWN))))
    if (more := found.height - SHOWN) > 0:
        print_line(f"and {more:,} more; --json has all of them")
    print_line("\nThe real lists and the state are as they were")


def _short(value: str) -> str:
    """One line of a value, such as a query."""
    line = printable(" ".join(value.split()))
    return line if len(line) <= LONG else f"{line[:LONG]}..."


def _sum_rows(sums: pl.DataFrame) -> list[tuple[object, ...]]:
    return [
        (
            row["as_of_day"],
            row["change"].lower(),
            row["currency"] or NOTHING,
            row["real_count"],
            money(row["real_minor"], row["currency"]),
            row["other_count"],
            money(row["other_minor"], row["currency"]),
            row["in_doubt_count"] or "",
        )
        for row in sums.iter_rows(named=True)
    ]


def _break_rows(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return [
        (
            row["as_of_day"],
            row["change"].lower(),
            row["break_id"],
            *(
                cell
                for side in ("real", "other")
                for cell in (
                    " ".join(row[f"{name}_{side}"] or "" for name in ("break_code", "state")).strip() or NOTHING,
                    money(row[f"amount_at_risk_minor_{side}"], row[f"currency_{side}"]),
                )
            ),
        )
        for row in found.iter_rows(named=True)
    ]
