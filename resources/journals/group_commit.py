"""A SQLite file that several threads and processes write: what waits together is made durable together.

A commit costs a flush of the disk. Whoever comes first commits for all who wait by then, so that many
threads share one flush. `write` returns when the work is on disk, never before.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from resources.files import fsync_folder, locked

BUSY_SECONDS = 30.0
Made = TypeVar("Made")


class _Work(Generic[Made]):
    """Something to be written, and what came of it."""

    def __init__(self, act: Callable[[sqlite3.Connection], Made]) -> None:
        self.act = act
        self.is_over = False
        self.made: Made | None = None
        self.error: BaseException | None = None


class GroupCommit:
    """Opened with the first write; `schema` is applied then."""

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
        if work.error:
            raise work.error
        return work.made  # type: ignore[return-value]

    @contextmanager
    def reading(self, table: str) -> Iterator[sqlite3.Connection | None]:
        """A connection that can only read; None while the file, or the table in it, is not there. It makes no file."""
        if not self._path.exists():
            yield None
            return
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA query_only = ON")
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone()
            yield connection if known else None  # it is being made, or whoever made it died

    def close(self) -> None:
        """Ends the connection; the next write opens it again."""
        with self._writing:
            if self._connection:
                self._connection.close()
            self._connection = None

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


def _try(connection: sqlite3.Connection, work: _Work[object]) -> None:
    connection.execute("SAVEPOINT work")
    try:
        work.made = work.act(connection)
    except Exception as error:
        work.error = error
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")
