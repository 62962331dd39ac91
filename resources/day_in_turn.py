"""The warehouse of a run in a back-fill with several workers: work that depends on no other day is done in parallel
with the runs of other days.

The file has one writer, and the list of a day starts from the list of the day before. So a run collects its day in a
database in memory, until a step asks for the warehouse (`connect`). Then it waits for its turn, does the same in the
file, and has the file until all that its exports show is read. While it writes them the next day has the file; that one
writes down that this day is proved, when its exports are there, before it gives the file free itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from recon.tie_out.proof import PROVED
from resources.register import mark_day
from resources.storage import storage_errors
from resources.tables import create_tables_sql
from resources.warehouse import SMALL_DAY, Warehouse

Write = Callable[[duckdb.DuckDBPyConnection], object]


class Turns(Protocol):
    """The messages between the run of a day and those of the day before and the day after."""

    is_first: bool
    is_last: bool

    def turn(self) -> AbstractContextManager[None]:
        """Waits until the day before has given the file free, and keeps all others out until its end."""

    def wait_for_exports_before(self) -> None:
        """Until the exports of the day before are written."""

    def gave_file_free(self) -> None:
        """The list of this day is closed, and what its exports show is read."""

    def exported(self) -> None:
        """The exports of this day are written."""

    def wants_file_back(self) -> None:
        """They could not be written: no later day may go on."""


class WarehouseInTurn(Warehouse):
    """Use it within `taking_turns`, in one thread."""

    _day: date
    _turns: Turns
    _collected: duckdb.DuckDBPyConnection | None = None  # until the turn is taken
    _writes: list[Write]  # of what is collected, to be done again
    _held: ExitStack  # the turn and the file
    _is_handed_on = False

    @contextmanager
    def taking_turns(self, day: date, turns: Turns) -> Iterator[None]:
        """The run of a day."""
        self._day, self._turns, self._writes = day, turns, []
        if not turns.is_first:
            self.exported_by_others = frozenset({day - timedelta(days=1)})
        self._collected = self._in_memory()
        with ExitStack() as self._held:
            yield
        self._end_collecting()

    @contextmanager
    def collecting(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """What this run has collected; from its turn on the whole warehouse."""
        if self._collected is None:
            with self.connect() as connection:
                yield connection
            return
        with storage_errors(self.file), self.naming_damaged_files(self.file), self._collected.cursor() as connection:
            yield connection

    def collect(self, write: Write) -> None:
        """Before the turn in memory, and once more in the file when the turn has come."""
        with self.collecting() as connection:
            write(connection)
        if self._collected is not None:
            self._writes.append(write)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `Warehouse.connect`, from the turn of this day on."""
        if self.file not in self._open_files:
            self._take_turn()
        with super().connect() as connection:
            yield connection

    def finish_day_before(self) -> None:
        """Waits until they are there, and writes down that the day before is proved."""
        if self.exported_by_others:
            self._turns.wait_for_exports_before()
            with self.connect() as connection:
                for day in self.exported_by_others:
                    mark_day(connection, day, PROVED)
            self.exported_by_others = frozenset()

    @contextmanager
    def writing_exports(self, mark: Write) -> Iterator[None]:
        """As `Warehouse.writing_exports`; what is to be marked is left to the run of the next day, if there is one."""
        if self._turns.is_last:
            with super().writing_exports(mark):
                yield
            return
        self._held.close()
        self._is_handed_on = True
        self._turns.gave_file_free()
        yield
        self._turns.exported()

    def publish(self, add: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> Path:
        """As `Warehouse.publish`; left to the run of the next day, if that has the file."""
        if self._is_handed_on:
            return self.published_file
        with self.connect():
            self.finish_day_before()
        return super().publish(add)

    def suit_threads(self, size: int) -> None:
        """As `Warehouse.suit_threads`, also before the turn."""
        (self._small_days.add if size <= SMALL_DAY else self._small_days.discard)(self.file)
        super().suit_threads(size)

    def _take_turn(self) -> None:
        if self._is_handed_on:
            self._is_handed_on = False
            self._turns.wants_file_back()
        with ExitStack() as held:
            held.enter_context(self._turns.turn())
            held.enter_context(self.kept_open())
            self._end_collecting()
            self._open_files[self.file].execute(f"SET threads = {self.threads_in_use}")
            while self._writes:
                with super().connect() as connection:
                    self._writes[0](connection)
                del self._writes[0]
            held.callback(self.finish_day_before)
            self._held.push(held.pop_all())

    def _end_collecting(self) -> None:
        if self._collected is not None:
            self._collected.close()
            self._collected = None

    def _in_memory(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("SET errors_as_json = true")
        connection.execute("SET memory_limit = ?", [self.memory_limit])
        connection.execute("SET threads = 1")
        connection.execute(create_tables_sql())
        return connection
