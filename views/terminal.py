"""What a person sees on the terminal: the result of a day as short tables, and a bar to wait by.

Tables are read from `summary.json`, so the terminal never says anything else than the exports.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from recon.breaks.catalogue import State
from recon.listing import counted
from recon.money import format_money

if TYPE_CHECKING:
    from rich.progress import Progress

REPORT = "report.html"
PIPE_WIDTH = 120  # of a terminal that is none
WHOLE = 10_000  # wide enough for every path


def console(*, is_error: bool = False) -> Console:
    """Colours and the real width on a terminal, plain text elsewhere."""
    out = Console(stderr=is_error, highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = PIPE_WIDTH
    return out


def show(shown: Table) -> None:
    """A table in which a path is never broken where no one sees it: in a pipe each row is one line."""
    out = console()
    if not out.is_terminal:
        out.width = WHOLE
    out.print(shown)


def print_line(text: str) -> None:
    """One line, never wrapped."""
    console().print(text, soft_wrap=True)


def print_json(document: object) -> None:
    """A document for programs, see `json_text`."""
    sys.stdout.write(json_text(document))


def json_text(document: object) -> str:
    """Days and instants as ISO 8601, the latter in UTC, which is also meant where they name no zone."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    if not isinstance(value, datetime):
        return str(value)
    at = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return f"{at.isoformat()}Z"


def print_error(text: str) -> None:
    """One line on stderr."""
    console(is_error=True).print(text, soft_wrap=True)


@contextmanager
def waiting(what: str, total: int | None = None) -> Iterator[Progress | None]:
    """A progress bar on stderr with one task (number 0); nothing when no one watches."""
    screen = console(is_error=True)
    if not screen.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold")),
        BarColumn(),
        *([] if total is None else [TextColumn("{task.completed:.0f}/{task.total:.0f}")]),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        progress.add_task(what, total=total)
        yield progress


def show_day(folder: Path) -> dict[str, Any]:
    """The tables of an exported day; returns its summary."""
    from views.wording import instant_text  # it loads Polars, and most commands show no day

    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    out = console()
    moment = instant_text(datetime.fromisoformat(summary["as_of"]))
    out.print(f"\nClearing day {summary['day']}: {summary['status']}, as of {moment}", highlight=False)
    if summary["reason"]:
        out.print(f"  {summary['reason']}", soft_wrap=True)
    _show_files(out, summary["files"])
    _show_totals(out, summary["control_totals"])
    if "breaks" in summary:
        _show_breaks(out, summary["breaks"]["by_code"], _counted(summary["breaks"]))
        _show_causes(out, summary["breaks"]["by_cause"])
        _show_money(out, summary["money_at_risk"])
    out.print(f"Exports: {folder}", soft_wrap=True)
    for edited in sorted(folder.glob("*.edited-*")):
        out.print(f"Edited by hand, kept next to the new one: {edited}", soft_wrap=True)
    if (folder / REPORT).exists():
        out.print(f"Day report: {folder / REPORT} (open it in a browser)", soft_wrap=True)
    return summary


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]]) -> Table:
    """A plain table; `columns` are names with `left` or `right`."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name, side in columns:
        shown.add_column(name, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    return shown


def _show_files(out: Console, files: list[dict[str, Any]]) -> None:
    rows = []
    for kind, group in groupby(files, key=lambda file: file["kind"]):
        members = list(group)
        current = [file for file in members if file["is_current"]]
        rows.append((
            kind.replace("_", " "),
            len(current),
            len(members) - len(current),
            f"{sum(file['row_count'] for file in current):,}",
            sum(file["quarantined_count"] or 0 for file in current),
        ))  # fmt: skip
    names = [("report", "left"), ("files", "right"), ("older or refused", "right"),
             ("rows", "right"), ("quarantined", "right")]  # fmt: skip
    _print(out, table("Files landed", names, rows))


def _show_totals(out: Console, totals: list[dict[str, Any]]) -> None:
    rows = [
        (
            line["edge"],
            line["settlement_currency"],
            line["count"],
            line["verdict"],
            _left_over(line),
        )
        for line in totals
    ]
    names = [("identity", "left"), ("currency", "left"), ("compared", "right"),
             ("result", "left"), ("left over at most", "right")]  # fmt: skip
    _print(out, table("Control totals", names, rows))


def _left_over(line: dict[str, Any]) -> str | None:
    """The largest residual: a number of rows, or money in the currency of the line."""
    left = line["largest_residual"]
    if not left or line.get("is_count") or not line["settlement_currency"]:
        return f"{left:,}" if left else None
    return format_money(left, line["settlement_currency"])


def _show_breaks(out: Console, by_code: list[dict[str, Any]], counted: str) -> None:
    """One line for each code and who acts; amounts of its currencies side by side, never added."""
    from views.wording import actor  # it loads Polars, and most commands show no breaks

    rows = []
    codes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in by_code:
        codes.setdefault((line["break_code"], line["who_acts"]), []).append(line)
    for (code, who), lines in codes.items():
        rows.append((
            code,
            lines[0]["break_name"],
            min(line["severity"] for line in lines),
            actor(who),
            sum(line["count"] for line in lines),
            _amounts(lines),
        ))  # fmt: skip
    names = [("code", "left"), ("break", "left"), ("worst", "left"), ("who acts", "left"),
             ("count", "right"), ("amount at risk", "left")]  # fmt: skip
    _print(out, table(f"Breaks: {counted}", names, rows))


def _amounts(lines: Sequence[dict[str, Any]]) -> str:
    """What is at risk in each currency, and the figures in doubt apart."""
    amounts = [
        f"{_grouped(line[name])} {line['currency']}{note}"
        for line in lines
        for name, note in (("amount_at_risk", ""), ("in_doubt", " in doubt"))
        if line[f"{name}_minor"]
    ]
    return ", ".join(amounts) or "-"


def _show_causes(out: Console, by_cause: list[dict[str, Any]]) -> None:
    """One line for each cause that is behind several breaks, whatever their currencies; never wrapped by us."""
    from recon.export_text import printable
    from views.wording import actor

    causes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for line in by_cause:
        key = tuple(line[name] for name in ("break_code", "who_acts", "what_to_do", "cause"))
        causes.setdefault(key, []).append(line)
    if causes:
        out.print("One cause, several breaks", style="bold")
    for (code, who, to_do, cause), lines in causes.items():
        count = sum(line["count"] for line in lines)
        named = f"{code:5} {counted(count, 'break')}, {_amounts(lines)}: {cause}. {actor(who)}: {to_do}"
        out.print(printable(named), soft_wrap=True)
    if causes:
        out.print()


def _counted(breaks: dict[str, Any]) -> str:
    """How many, and how many of each state: 426 (397 open, 20 waiting, 9 noted)."""
    by_state = breaks["by_state"]
    states = ", ".join(f"{by_state[state]} {state.lower()}" for state in State if state in by_state)
    return f"{breaks['count']} ({states})" if states else str(breaks["count"])


def _show_money(out: Console, at_risk: list[dict[str, Any]]) -> None:
    rows = [
        (
            line["currency"],
            line["party"] or "not known",
            line["count"],
            _grouped(line["amount_at_risk"]),
            f"{_grouped(line['in_doubt'])} in {line['in_doubt_count']}" if line["in_doubt_count"] else None,
        )
        for line in at_risk
    ]
    names = [("currency", "left"), ("carried by", "left"), ("breaks", "right"),
             ("amount", "right"), ("not included, in doubt", "right")]  # fmt: skip
    _print(out, table("Money at risk", names, rows))


def _grouped(amount: str) -> str:
    whole, point, places = amount.partition(".")
    return f"{int(whole):,}{point}{places}"


def _print(out: Console, shown: Table) -> None:
    if shown.row_count:
        out.print(shown)
        out.print()
