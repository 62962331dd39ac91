"""The copy of the warehouse that people read: which days are proved, their breaks, what each day knew of answers.

Reading it takes no lock and holds no one up: the copy is replaced as a whole when a run is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

import duckdb
import polars as pl

from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.parties import PARTY_SCHEMA
from recon.breaks.values import VALUE_SCHEMA
from recon.errors import DayOrderError, ReconError, UnprovedDayError
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from resources.register import decision_heads
from resources.storage import PUBLISH_AGAIN, open_database, readable
from resources.warehouse import Warehouse


class Published:
    """Short looks at the published copy, one connection each."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def proved_days(self) -> list[date]:
        """In order; none before the first run."""
        if not self._warehouse.published_file.exists():
            return []
        with self._open() as connection:
            rows = connection.execute(
                "SELECT as_of_day FROM breaks.days WHERE status = ? ORDER BY as_of_day", [PROVED]
            ).fetchall()
        return [day for (day,) in rows]

    def require_proved(self, day: date) -> None:
        """DayOrderError for a day that was never run, UnprovedDayError for one that did not prove itself."""
        if not self._warehouse.published_file.exists() or not self._was_run(day):
            raise DayOrderError(f"{day} has no list of breaks yet", do=f"Run `recon run --day {day}` first")
        if day not in self.proved_days():
            raise UnprovedDayError(f"{day} is not proved", do=f"Run `recon run --day {day}` and see what it says")

    def items(self, day: date) -> pl.DataFrame:
        """The breaks of a day, in the columns of ITEM_SCHEMA."""
        return self._rows("breaks.items", day, ITEM_SCHEMA)

    def decision_heads(self) -> dict[int, str]:
        """seq -> sha256 of the newest decision that each closed day knew of."""
        if not self._warehouse.published_file.exists():
            return {}
        try:
            with self._open() as connection:
                return decision_heads(connection)
        except duckdb.CatalogException:
            raise self._is_older() from None

    def days(self) -> pl.DataFrame:
        """as_of_day, status, reason of each day that was run, and last_run_at: when it proved itself last."""
        return self._ask("days")

    def risks(self) -> pl.DataFrame:
        """as_of_day, severity, state and what `recon.breaks.at_risk` reads of each break of each day."""
        return self._ask("risks")

    def _ask(self, statement: str) -> pl.DataFrame:
        if not self._warehouse.published_file.exists():
            where = str(self._warehouse.directory)
            raise ReconError("the state has no list of breaks yet", where=where, do="Run `recon run` first")
        with self._open() as connection:
            return connection.execute(sql_text("resources", f"published_{statement}")).pl()

    def last_listed(self, break_ids: Sequence[str]) -> dict[str, date]:
        """break id -> the newest day whose list has it; without those that no list ever had."""
        if not self._warehouse.published_file.exists():
            return {}
        asked = "SELECT break_id, MAX(as_of_day) FROM breaks.items WHERE list_contains(?, break_id) GROUP BY break_id"
        with self._open() as connection:
            return dict(connection.execute(asked, [list(break_ids)]).fetchall())

    def evidence(self, day: date) -> pl.DataFrame:
        """The answers that the list of a day shows, in the columns of ANSWER_SCHEMA and `as_of_day`."""
        return self._rows("inquiries.evidence", day, {"as_of_day": pl.Date} | ANSWER_SCHEMA)

    def _rows(self, table: str, day: date, schema: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
        if not self._warehouse.published_file.exists():
            return pl.DataFrame(schema=schema)
        try:
            with self._open() as connection:
                known = connection.execute(f"SELECT * FROM {table} WHERE as_of_day = ?", [day]).pl()
        except duckdb.CatalogException:
            raise self._is_older() from None
        missing = [name for name in schema if name not in known.columns]
        if set(missing) - {*PARTY_SCHEMA, *VALUE_SCHEMA}:
            raise self._is_older()
        nothing = (pl.lit(None, schema[name]).alias(name) for name in missing)
        return known.with_columns(nothing).select(*schema)

    def _is_older(self) -> DayOrderError:
        return DayOrderError(
            "the published lists were written by an older version",
            where=str(self._warehouse.published_file),
            do="Run the newest day again",
        )

    def _was_run(self, day: date) -> bool:
        with self._open() as connection:
            return bool(connection.execute("SELECT 1 FROM breaks.days WHERE as_of_day = ?", [day]).fetchall())

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        file = self._warehouse.published_file
        with closing(open_database(file, read_only=True, if_damaged=PUBLISH_AGAIN)) as connection, readable(file):
            yield connection
