"""What alerts look at: how days ended and the urgent breaks of the newest list, from the published copy.

Only what alerts speak of is read, so that looking every few minutes costs little. Nothing is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from recon.breaks.values import VALUE_SCHEMA
from recon.errors import ReconError
from recon.schema import Schema
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from resources.storage import PUBLISH_AGAIN, open_database
from views.alerts.digest import DIGEST_SCHEMA
from views.alerts.texts import URGENT_SCHEMA


@dataclass(frozen=True)
class DayEnding:
    """How a day ended. `status` is None while it is being run again."""

    status: str | None
    reason: str


class AlertState:
    """Short looks at the published copy; nothing is there before the first run."""

    def __init__(self, published_file: Path) -> None:
        self._file = published_file

    def endings(self) -> dict[date, DayEnding]:
        """Every day that was run, in order; none before anything was published."""
        if not self._file.exists():
            return {}
        rows = self._rows("SELECT as_of_day, status, reason FROM breaks.days ORDER BY as_of_day", [])
        return {day: DayEnding(status, reason or "") for day, status, reason in rows.iter_rows()}

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

    def listed(self, day: date, break_ids: Sequence[str]) -> frozenset[str]:
        """Which of these breaks are on the list of a day."""
        listed = sql_text("views.alerts", "listed")
        return frozenset(self._rows(listed, [day, list(break_ids)])["break_id"]) if break_ids else frozenset()

    def _rows(self, statement: str, values: list[object]) -> pl.DataFrame:
        with closing(open_database(self._file, read_only=True, if_damaged=PUBLISH_AGAIN)) as connection:
            try:
                return connection.execute(statement, values).pl()
            except duckdb.Error as error:
                what = f"the published lists cannot be read ({type(error).__name__})"
                raise ReconError(what, where=str(self._file), do="Run the newest day again") from None


def _in_columns(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    later = [name for name in VALUE_SCHEMA if name not in rows.columns]  # of an earlier version
    known = rows.with_columns(pl.lit(None).alias(name) for name in later)
    return known.select(pl.col(name).cast(kind) for name, kind in schema.items())
