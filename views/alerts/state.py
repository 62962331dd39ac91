"""What alerts look at: how days ended and the urgent breaks of the newest list, from the published copy.

Only what alerts speak of is read, so that looking every few minutes costs little. Nothing is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from recon.breaks.values import VALUE_SCHEMA
from recon.schema import Schema
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from resources.published import Published
from views.alerts.digest import DIGEST_SCHEMA
from views.alerts.texts import LISTED_SCHEMA, URGENT_SCHEMA

_ENDINGS = "SELECT as_of_day, status, reason FROM breaks.days ORDER BY as_of_day"


@dataclass(frozen=True)
class DayEnding:
    """How a day ended. `status` is None while it is being run again."""

    status: str | None
    reason: str


class AlertState:
    """What alerts ask the published copy; nothing is there before the first run."""

    def __init__(self, published: Published) -> None:
        self._published = published

    def kept_open(self) -> AbstractContextManager[None]:
        """One connection for all that is asked within."""
        return self._published.kept_open()

    def endings(self) -> dict[date, DayEnding]:
        """Every day that was run, in order; none before anything was published."""
        with self._published.opened() as connection:
            rows = connection.execute(_ENDINGS).fetchall() if connection else []
        return {day: DayEnding(status, reason or "") for day, status, reason in rows}

    def newest_proved(self) -> date | None:
        """The day whose list counts."""
        return max((day for day, ending in self.endings().items() if ending.status == PROVED), default=None)

    def urgent(self, day: date, until: datetime) -> pl.DataFrame:
        """S1 breaks, incidents, and breaks with a deadline until then (URGENT_SCHEMA); incidents for their breaks."""
        values: list[object] = [list(URGENT_SCHEMA), day, until.astimezone(UTC).replace(tzinfo=None)]
        rows = self._rows(sql_text("views.alerts", "urgent"), values)
        return _in_columns(rows, URGENT_SCHEMA)

    def digest_rows(self, day: date) -> pl.DataFrame:
        """The list of a day with what was decided (DIGEST_SCHEMA); incidents for their breaks."""
        return _in_columns(self._rows(sql_text("views.alerts", "digest_rows"), [day]), DIGEST_SCHEMA)

    def listed(self, day: date, break_ids: Sequence[str]) -> pl.DataFrame:
        """Those of these breaks that are on the list of a day (LISTED_SCHEMA)."""
        rows = self._rows(sql_text("views.alerts", "listed"), [day, list(break_ids)])
        return rows.select(pl.col(name).cast(kind) for name, kind in LISTED_SCHEMA.items())

    def _rows(self, statement: str, values: list[object]) -> pl.DataFrame:
        with self._published.opened() as connection:
            assert connection is not None, "a day that ended was published"
            return connection.execute(statement, values).pl()


def _in_columns(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    later = [name for name in VALUE_SCHEMA if name not in rows.columns]  # of an earlier version
    known = rows.with_columns(pl.lit(None).alias(name) for name in later)
    return known.select(pl.col(name).cast(kind) for name, kind in schema.items())
