"""The copy of the warehouse that people read: which days are proved, their breaks, what each day knew of answers.

Reading it takes no lock and holds no one up: the copy is replaced as a whole when a run is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl

from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.parties import PARTY_SCHEMA
from recon.breaks.values import VALUE_SCHEMA
from recon.errors import DayOrderError, ReconError, UnprovedDayError
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.schema import Schema
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from resources.register import decision_heads
from resources.settings import Settings
from resources.storage import PUBLISH_AGAIN, open_database, readable
from resources.warehouse import Warehouse


class Published:
    """Short looks at the published copy: a connection for each, or within `kept_open` one for all of them."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._kept: ExitStack | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Of the configured state directory."""
        return cls(Warehouse(settings.warehouse.directory))

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """What is asked within sees one copy, by one connection: opening one costs more than a question."""
        with ExitStack() as self._kept:
            try:
                yield
            finally:
                self._kept = self._connection = None

    def proved_days(self) -> list[date]:
        """In order; none before the first run."""
        return self._column("SELECT as_of_day FROM breaks.days WHERE status = ? ORDER BY as_of_day", PROVED)

    def require_proved(self, day: date) -> None:
        """DayOrderError for a day that was never run, UnprovedDayError for one that did not prove itself."""
        statuses = self._column("SELECT status FROM breaks.days WHERE as_of_day = ?", day)
        if not statuses:
            raise DayOrderError(f"{day} has no list of breaks yet", do=f"Run `recon run --day {day}` first")
        if statuses != [PROVED]:
            raise UnprovedDayError(f"{day} is not proved", do=f"Run `recon run --day {day}` and see what it says")

    def items(self, day: date) -> pl.DataFrame:
        """The breaks of a day, in the columns of ITEM_SCHEMA."""
        return self._rows("breaks.items", day, ITEM_SCHEMA)

    def decision_heads(self) -> dict[int, str]:
        """seq -> sha256 of the newest decision that each closed day knew of."""
        with self.opened() as connection:
            return decision_heads(connection) if connection else {}

    def days(self) -> pl.DataFrame:
        """as_of_day, status, reason of each day that was run, and last_run_at: when it proved itself last."""
        return self._ask("days")

    def risks(self) -> pl.DataFrame:
        """as_of_day, severity, state and what `recon.breaks.at_risk` reads of each break of each day."""
        return self._ask("risks")

    def last_listed(self, break_ids: Sequence[str]) -> dict[str, date]:
        """break id -> the newest day whose list has it; without those that no list ever had."""
        asked = "SELECT break_id, MAX(as_of_day) FROM breaks.items WHERE list_contains(?, break_id) GROUP BY break_id"
        with self.opened() as connection:
            return dict(connection.execute(asked, [list(break_ids)]).fetchall()) if connection else {}

    def evidence(self, day: date) -> pl.DataFrame:
        """The answers that the list of a day shows, in the columns of ANSWER_SCHEMA and `as_of_day`."""
        return self._rows("inquiries.evidence", day, {"as_of_day": pl.Date} | ANSWER_SCHEMA)

    def _column(self, query: str, value: object) -> list[Any]:
        with self.opened() as connection:
            return [cell for (cell,) in connection.execute(query, [value]).fetchall()] if connection else []

    def _ask(self, statement: str) -> pl.DataFrame:
        with self.opened() as connection:
            if connection is None:
                where = str(self._warehouse.directory)
                raise ReconError("the state has no list of breaks yet", where=where, do="Run `recon run` first")
            return connection.execute(sql_text("resources", f"published_{statement}")).pl()

    def _rows(self, table: str, day: date, schema: Schema) -> pl.DataFrame:
        with self.opened() as connection:
            if connection is None:
                return pl.DataFrame(schema=schema)
            known = connection.execute(f"SELECT * FROM {table} WHERE as_of_day = ?", [day]).pl()
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

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """None before the first run. DayOrderError where the copy lacks what is asked for."""
        file = self._warehouse.published_file
        if self._connection is None and not file.exists():
            yield None
            return
        with self._connected(file) as connection, readable(file):
            try:
                yield connection
            except (duckdb.CatalogException, duckdb.BinderException):
                raise self._is_older() from None

    def _connected(self, file: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        if self._connection is not None:
            return nullcontext(self._connection)
        connection = closing(open_database(file, read_only=True, if_damaged=PUBLISH_AGAIN))
        if self._kept is None:
            return connection
        self._connection = self._kept.enter_context(connection)
        return nullcontext(self._connection)
