"""The last 30 days as small charts: breaks opened and closed, money at risk, age, time to resolution.

They begin with the first day that is known, if that is later. A day that was not run has no point. One chart per
currency: money of two currencies shares no axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

import polars as pl

from recon.listing import capitalize_first, counted
from views.day_report.day_facts import TREND_DAYS, DayFacts
from views.day_report.drawing import Series, bars, lines
from views.wording import RESOLVERS, day_text, money

LEAST_DAYS = 7
CURRENCIES = 6  # charts of money at risk; the table on top has every currency


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, its key (style, words), and one line that says what it shows."""

    title: str
    svg: str
    key: tuple[tuple[str, str], ...]
    said: str


def trend_charts(facts: DayFacts) -> list[Chart]:
    """All charts, in the order in which they are shown; none before there are two days to compare."""
    if facts.moved.height < 2:
        return []
    return [_moved(facts), _age(facts), _resolution(facts), *_at_risk(facts)]


def resolution_times(closed: pl.DataFrame) -> list[tuple[str, int, int, int]]:
    """Per way of resolution: words, how many breaks, median days, and the days within which 9 of 10 were closed."""
    found = []
    for code, words in RESOLVERS.items():
        days = sorted(closed.filter(pl.col("resolved_by") == code)["days"].to_list())
        if days:
            found.append((words, len(days), median_low(days), days[min(len(days) - 1, len(days) * 9 // 10)]))
    return found


def _moved(facts: DayFacts) -> Chart:
    opened, closed = _by_day(facts, facts.moved, "opened"), _by_day(facts, facts.moved, "closed")
    said = (
        f"{counted(int(facts.moved['opened'].sum()), 'break')} opened and {int(facts.moved['closed'].sum()):,} closed "
        f"in {counted(facts.moved.height, 'day')}."
    )
    series = (Series("opened", opened, "c1"), Series("closed", closed, "c2"))
    drawn = bars(
        series, _ends(facts), counted(_top(opened, closed), "break"), f"Breaks opened and closed by day. {said}"
    )
    return Chart("Opened and closed", drawn, _key(series), said)


def _at_risk(facts: DayFacts) -> list[Chart]:
    """Figures in doubt are in no chart: one of them would hide all others."""
    at_risk = facts.at_risk.filter(pl.col("at_risk_count") > 0)
    now = at_risk.filter(pl.col("as_of_day") == facts.day)["currency"].to_list()
    often = at_risk.group_by("currency").len().sort("len", "currency", descending=[True, False])
    wanted = [*now, *(name for name in often["currency"] if name not in now)][:CURRENCIES]
    charts = []
    for currency in sorted(wanted):
        rows = at_risk.filter(pl.col("currency") == currency)
        known = set(facts.moved["as_of_day"])
        amounts = [
            amount if amount is not None else (0 if day in known else None)
            for day, amount in zip(span(facts), _by_day(facts, rows, "amount_at_risk_minor"), strict=True)
        ]
        said = f"Now {money(_last(amounts), currency)}, at most {money(_top(amounts), currency)}."
        drawn = lines(
            [Series(currency, amounts, "c1")], _ends(facts), money(_top(amounts), currency),
            f"Money at risk in {currency} by day. {said}",
        )  # fmt: skip
        charts.append(Chart(f"Money at risk, {currency}", drawn, (), said))
    return charts


def _age(facts: DayFacts) -> Chart:
    oldest, middle = _by_day(facts, facts.open_breaks, "oldest"), _by_day(facts, facts.open_breaks, "median")
    half = counted(_last(middle), "day")
    said = f"The oldest open break is {counted(_last(oldest), 'day')} old, half are at most {half} old."
    series = (Series("oldest", oldest, "c1"), Series("median", middle, "c2"))
    drawn = lines(series, _ends(facts), counted(_top(oldest), "day"), f"Age of open breaks by day. {said}")
    return Chart("Age of open breaks", drawn, _key(series), said)


def _resolution(facts: DayFacts) -> Chart:
    daily = facts.closed.group_by("as_of_day").agg(pl.col("days").quantile(0.5, "lower").cast(pl.Int64).alias("days"))
    days = _by_day(facts, daily, "days")
    times = [
        f"by {words}: {counted(count, 'break')}, half within {counted(half, 'day')}, 9 of 10 within {most}"
        for words, count, half, most in resolution_times(facts.closed)
    ]
    said = capitalize_first("; ".join(times)) + "." if times else "Nothing has been resolved yet."
    drawn = lines(
        [Series("median", days, "c2")], _ends(facts), counted(_top(days), "day"),
        f"Median days from opening to resolution, by day of resolution. {said}",
    )  # fmt: skip
    return Chart("Time to resolution", drawn, (("c2", "median of the day"),), said)


def _key(series: Sequence[Series]) -> tuple[tuple[str, str], ...]:
    return tuple((one.style, one.name) for one in series)


def span(facts: DayFacts) -> list[date]:
    """The days that the charts show, in order."""
    known = (facts.day - min(facts.moved["as_of_day"], default=facts.day)).days + 1
    return [facts.day - timedelta(days=back) for back in reversed(range(min(max(known, LEAST_DAYS), TREND_DAYS)))]


def _by_day(facts: DayFacts, frame: pl.DataFrame, column: str) -> list[int | None]:
    values = dict(frame.select("as_of_day", column).iter_rows())
    return [values.get(day) for day in span(facts)]


def _ends(facts: DayFacts) -> tuple[str, str]:
    days = span(facts)
    return day_text(days[0]), day_text(days[-1])


def _top(*points: Sequence[int | None]) -> int:
    return max((value for one in points for value in one if value is not None), default=0)


def _last(points: Sequence[int | None]) -> int:
    return points[-1] or 0
