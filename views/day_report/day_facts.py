"""What the report of a day is made of, read from the warehouse in one go. Frames only; nothing is worded here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.breaks.at_risk import money_at_risk
from recon.breaks.items import ITEM_SCHEMA, SORT_KEY
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from recon.tie_out.residuals import RESIDUAL_SCHEMA
from recon.valuation import RATE_SCHEMA
from resources.register import decisions_of_day, identity_of_day
from resources.revisions import corrections_of

TREND_DAYS = 30
DAYS = "SELECT as_of_day, status FROM breaks.days WHERE as_of_day BETWEEN ? AND ? ORDER BY as_of_day"


@dataclass(frozen=True)
class DayFacts:
    """Everything about a day that its report shows; empty frames where the day did not get so far."""

    day: date
    items: pl.DataFrame  # ITEM_SCHEMA, in the order of the list
    resolved: pl.DataFrame  # items of the day before that are gone, with outcome, resolved_by and lines (of reports)
    edges: pl.DataFrame  # recon.tie_out.EDGE_SCHEMA
    conservation: pl.DataFrame  # side, outcome, row_count
    register: pl.DataFrame  # recon.breaks.register.register_identity
    files: pl.DataFrame  # every file version of the day
    expected: pl.DataFrame  # recon.file_calendar.CALENDAR: what became of each expected report
    days: dict[date, str | None]  # status of each day that was run
    corrections: pl.DataFrame  # recon.breaks.corrections.CORRECTION_SCHEMA
    moved: pl.DataFrame  # as_of_day, opened, closed; what waits is no break yet
    closed: pl.DataFrame  # as_of_day, resolved_by, days: one line per break that was closed
    open_breaks: pl.DataFrame  # as_of_day, breaks, oldest, median
    at_risk: pl.DataFrame  # as_of_day, currency, and the sums of `recon.breaks.at_risk`
    decisions: pl.DataFrame  # resources.register.decisions_of_day
    rates: pl.DataFrame  # recon.valuation.RATE_SCHEMA: by which values breaks are ranked
    behind: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RESIDUAL_SCHEMA))  # what is left over

    @property
    def last_proved(self) -> date | None:
        """The last proved day before this one."""
        return max((day for day, status in self.days.items() if status == PROVED and day < self.day), default=None)


def read_facts(connection: duckdb.DuckDBPyConnection, day: date) -> DayFacts:
    """All facts of a day and the trends that end with it; later days play no part."""
    before, first = day - timedelta(days=1), day - timedelta(days=TREND_DAYS - 1)

    def ask(name: str, *values: object) -> pl.DataFrame:
        return connection.execute(sql_text("views.day_report.sql", name), list(values)).pl()

    items = connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ?", [day]).pl()
    typed = items.select(pl.col(name).cast(kind) for name, kind in ITEM_SCHEMA.items())
    return DayFacts(
        day=day,
        items=typed.sort(SORT_KEY, descending=[False, False, True, False], nulls_last=True),
        resolved=ask("resolved", before, *[day] * 7),
        edges=connection.execute("SELECT * FROM tied_out.edges WHERE as_of_day = ? ORDER BY ALL", [day]).pl(),
        conservation=ask("conservation", day),
        register=identity_of_day(connection, day),
        files=ask("files", day),
        expected=ask("expected", day),
        days=dict(connection.execute(DAYS, [first, day]).fetchall()),
        corrections=corrections_of(connection, day),
        moved=ask("moved", first, day),
        closed=ask("closed", first, day),
        open_breaks=ask("open_breaks", first, day),
        rates=_rates_of_day(connection, day),
        at_risk=money_at_risk(ask("at_risk", first, day), "as_of_day"),
        decisions=decisions_of_day(connection, day),
    )


def _rates_of_day(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """The rates by which the breaks of a day are ranked (RATE_SCHEMA), the reporting currency first."""
    names = ", ".join(RATE_SCHEMA)
    known = connection.execute(f"SELECT {names} FROM breaks.rates WHERE as_of_day = ?", [day]).pl()
    return known.sort(pl.col("currency") != pl.col("reporting_currency"), "currency")
