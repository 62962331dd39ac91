"""Small tables written as text: one header line, cells between bars, blank lines ignored.

An empty cell takes the default of its column, a dash means null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from recon.clearing_day import CLEARING_ZONE
from recon.money import to_minor

Row = dict[str, str]


def rows_of(text: str) -> list[Row]:
    """The filled cells of each line, by the name in the header."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    header, *body = lines
    for cells in body:
        if len(cells) != len(header):
            raise ValueError(f"{len(cells)} cells under {len(header)} columns: {cells}")
    return [{name: cell for name, cell in zip(header, cells, strict=True) if cell} for cells in body]


def columns_of(text: str) -> list[str]:
    """The names in the header."""
    first = next(line for line in text.splitlines() if line.strip())
    return [cell.strip() for cell in first.split("|")]


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as such a table again."""
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def money(cell: str | None) -> tuple[int | None, str | None]:
    """`10.00 EUR` as minor units and currency."""
    if cell in (None, "-"):
        return None, None
    amount, currency = str(cell).split()
    return to_minor(amount, currency), currency


def instant(cell: str | None, day: date) -> datetime | None:
    """UTC without a zone from `12:00` (UTC+8), `15:59:59Z`, `+1 00:15`, `2026-11-20 12:00`."""
    if cell in (None, "-"):
        return None
    *before, clock = str(cell).split()
    if before and before[0][0] in "+-":
        day += timedelta(days=int(before[0]))
    elif before:
        day = date.fromisoformat(before[0])
    zone = UTC if clock.endswith("Z") else CLEARING_ZONE
    moment = datetime.combine(day, time.fromisoformat(clock.removesuffix("Z")), zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def text(cell: str | None) -> str | None:
    """A text, or null where a dash stands."""
    return None if cell == "-" else cell


def flag(cell: str | None) -> bool | None:
    """yes, no, or null."""
    return {"yes": True, "no": False}[cell] if cell not in (None, "-") else None
