"""A SQLite file that several threads and processes write: what waits together is made durable together.

A commit costs a flush of the disk. Whoever comes first commits for all who wait by then, so that many
threads share one flush. `write` returns when the work is on disk, never before. Rows are only ever added.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from recon.errors import StorageError
from resources.files import fsync_folder, locked
from resources.storage import storage_error

BUSY_SECONDS = 30.0
Made = TypeVar("Made")


class JournalError(StorageError):
    """A journal cannot be read or written, or is not what was kept."""


class _Work(Generic[Made]):
    """Something to be written, and what came of it."""

    def __init__(self, act: Callable[[sqlite3.Connection], Made]) -> None:
        self.act = act
        self.is_over = False
        self.made: Made | None = None
        self.error: BaseException | None = None


class GroupCommit:
    """Opened with the first write; `schema` is applied then. JournalError about what the file or its disk refuses."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path, self._schema = path, schema
        self._waiting: list[_Work[object]] = []
        self._guard, self._writing = threading.Lock(), threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def write(self, act: Callable[[sqlite3.Connection], Made]) -> Made:
        """Runs `act` within a transaction and returns its result when that is on disk.

        An error of `act` undoes only its own work; it must not end the transaction.
        """
        work: _Work[Made] = _Work(act)
        with self._guard:
            self._waiting.append(work)  # type: ignore[arg-type]
        with self._writing:
            if not work.is_over:
                with self._guard:
                    group, self._waiting = self._waiting, []
                self._commit(group)
        if isinstance(work.error, sqlite3.Error | OSError):
            raise self._error(work.error, "cannot be written") from None
        if work.error:
            raise work.error
        return work.made  # type: ignore[return-value]

    @contextmanager
    def reading(self, table: str) -> Iterator[sqlite3.Connection | None]:
        """A connection that can only read; None while the file, or the table in it, is not there. It makes no file."""
        if not self._path.exists():
            yield None
            return
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA query_only = ON")
                known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone()
                yield connection if known else None  # it is being made, or whoever made it died
        except sqlite3.Error as error:
            raise self._error(error, "cannot be read") from None

    def rows(self, table: str, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """The rows of a query; none while `table` is not there."""
        with self.reading(table) as connection:
            if connection is None:
                return []
            connection.row_factory = sqlite3.Row
            return connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Ends the connection; the next write opens it again."""
        with self._writing:
            if self._connection:
                self._connection.close()
            self._connection = None

    def _error(self, error: Exception, otherwise: str) -> JournalError:
        """What the disk has to do with it, or else `otherwise`."""
        found = storage_error(error, self._path)
        what = f"{found.what if found else otherwise}: {error}"
        do = found.do if found else "Look at the disk and its rights, and run again"
        return JournalError(what, where=str(self._path), do=do)

    def _commit(self, group: list[_Work[object]]) -> None:
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                for work in group:
                    _try(connection, work)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except BaseException as error:
            for work in group:
                work.error = work.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            for work in group:
                work.is_over = True

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self._path.with_name(f"{self._path.name}.opening")):
                self._connection = self._connected()
            fsync_folder(self._path.parent)
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(f"BEGIN IMMEDIATE;\n{self._schema}\nCOMMIT;")  # all tables or none
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object]) -> int:
    """Adds a row, column -> value, and returns its number."""
    marks = ",".join("?" * len(row))
    made = connection.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", list(row.values()))
    return int(made.lastrowid or 0)


def _try(connection: sqlite3.Connection, work: _Work[object]) -> None:
    connection.execute("SAVEPOINT work")
    try:
        work.made = work.act(connection)
    except Exception as error:
        work.error = error
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")
