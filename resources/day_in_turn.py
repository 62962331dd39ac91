"""The warehouse of a run whose day may not be next yet: what needs no other day is done first, beside the run before.

The file has one writer, and the list of a day starts from the list of the day before. So a run collects its day in a
database in memory, until a step asks for the warehouse (`connect`). Then it waits for its turn, does the same in the
file, and has the file until the copy for readers would be published: after that nothing of the day is left to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from pathlib import Path

import duckdb

from recon.tie_out.proof import PROVED
from resources.register import status_of
from resources.storage import storage_errors
from resources.tables import create_tables_sql
from resources.warehouse import SMALL_DAY, Warehouse

Write = Callable[[duckdb.DuckDBPyConnection], object]


class WarehouseInTurn(Warehouse):
    """Use it within `taking_turns`, in one thread."""

    _day: date
    _turn: Callable[[], AbstractContextManager[None]]
    _collected: duckdb.DuckDBPyConnection | None = None  # until the turn is taken
    _writes: list[Write]
    _held: ExitStack
    _on_closed: Callable[[], None] | None

    @contextmanager
    def taking_turns(
        self, day: date, turn: Callable[[], AbstractContextManager[None]], on_closed: Callable[[], None] | None
    ) -> Iterator[None]:
        """`turn`: waits until the day before is closed, and keeps others out until its end. `on_closed`: called when
        the day is proved and the file is free; None: no day comes after it whose run publishes a newer copy.
        """
        self._day, self._turn, self._on_closed, self._writes = day, turn, on_closed, []
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

    def publish(self, add: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> Path:
        """As `Warehouse.publish`. If a day comes after this one, its run does it, and this one sets the file free."""
        if self._on_closed is None or not self._is_proved():
            return super().publish(add)
        self._held.close()
        self._on_closed()
        return self.published_file

    def suit_threads(self, size: int) -> None:
        """As `Warehouse.suit_threads`, also before the turn."""
        (self._small_days.add if size <= SMALL_DAY else self._small_days.discard)(self.file)
        super().suit_threads(size)

    def _is_proved(self) -> bool:
        with self.connect() as connection:
            return status_of(connection, self._day)[0] == PROVED

    def _take_turn(self) -> None:
        with ExitStack() as held:
            held.enter_context(self._turn())
            held.enter_context(self.kept_open())
            self._end_collecting()
            self._open_files[self.file].execute(f"SET threads = {self.threads_in_use}")
            while self._writes:
                with super().connect() as connection:
                    self._writes[0](connection)
                del self._writes[0]
            self._held.push(held.pop_all())

    def _end_collecting(self) -> None:
        if self._collected is not None:
            self._collected.close()
            self._collected = None

    def _in_memory(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("SET errors_as_json = true")
        connection.execute(f"SET memory_limit = '{self.memory_limit}'")
        connection.execute("SET threads = 1")
        connection.execute(create_tables_sql())
        return connection
