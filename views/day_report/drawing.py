"""Small drawings as SVG text: bars and lines over days, each with its words for those who cannot see it.

Made without a drawing program: no measured fonts, no random ids, so the same figures give the same bytes on every
machine, and colours follow the page (light, dark, paper) through its classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

WIDTH, HEIGHT, TOP = 340, 132, 18  # of a chart, with room for words above and below
FLOOR = HEIGHT - 20
ROOM = FLOOR - TOP
Points = Sequence[float | None]


@dataclass(frozen=True)
class Series:
    """One value for each day, or None; `style` is a class of the style sheet."""

    name: str
    points: Points
    style: str


def bars(series: Sequence[Series], ends: tuple[str, str], top: str, words: str) -> str:
    """Bars side by side for each day. `ends`: first and last day; `top`: the value of the highest bar."""
    highest = _highest(series)
    days = len(series[0].points)
    slot = WIDTH / days
    width = max(slot * 0.8 / len(series), 1)
    parts = [_frame(ends, top)]
    for place, one in enumerate(series):
        for day, value in enumerate(one.points):
            if value:
                height = max(value / highest * ROOM, 1.5)
                x = day * slot + slot * 0.1 + place * width
                parts.append(_rect(x, FLOOR - height, width, height, one.style))
    return picture(parts, WIDTH, HEIGHT, words)


def lines(series: Sequence[Series], ends: tuple[str, str], top: str, words: str) -> str:
    """A line for each series, broken where a day has no value; a dot where a value is alone or last."""
    highest = _highest(series)
    parts = [_frame(ends, top)]
    for one in series:
        slot = (WIDTH - 8) / max(len(one.points) - 1, 1)
        placed = [
            None if value is None else (4 + day * slot, FLOOR - value / highest * ROOM)
            for day, value in enumerate(one.points)
        ]
        runs = _runs(placed)
        for run in runs:
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in run)
            if len(run) > 1:
                parts.append(f'<polyline class="{one.style}" points="{points}"/>')
            x, y = run[-1]
            if len(run) == 1 or run is runs[-1]:
                parts.append(f'<circle class="{one.style}" cx="{_n(x)}" cy="{_n(y)}" r="3"/>')
    return picture(parts, WIDTH, HEIGHT, words)


def text(x: float, y: float, words: str, style: str, anchor: str = "start") -> str:
    """A line of text at a place."""
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def picture(parts: Sequence[str], width: int, height: int, words: str) -> str:
    """A whole drawing; `words` is read instead of it."""
    inside = "".join(parts)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(words)}" focusable="false">{inside}</svg>'
    )


def _frame(ends: tuple[str, str], top: str) -> str:
    """The highest value above, the ground line, first and last day below."""
    return (
        f'<path class="grid" d="M0 {TOP}H{WIDTH}M0 {FLOOR}H{WIDTH}"/>'
        + text(0, TOP - 5, top, "tick")
        + text(0, HEIGHT - 5, ends[0], "tick")
        + text(WIDTH, HEIGHT - 5, ends[1], "tick", "end")
    )


def _rect(x: float, y: float, width: float, height: float, style: str) -> str:
    return f'<rect class="{style}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def _runs(placed: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    parts = groupby(placed, key=lambda place: place is None)
    return [[place for place in run if place] for is_gap, run in parts if not is_gap]


def _highest(series: Sequence[Series]) -> float:
    return max((value for one in series for value in one.points if value), default=1)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
