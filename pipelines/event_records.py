"""The event log of a local Dagster in SQLite: few connections, few transactions.

Dagster's class makes a new engine and a new connection for every event, and compiles every statement anew. Here a file
keeps its engine, and what a step says on its way is stored with what it says at its end, in one transaction. Whoever
reads in between sees it all the same.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.event_api import EventRecordsResult
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

MOST_ENGINES = 8  # one file for each run, and the index of all
MOST_WAITING = 500  # events
EMPTY = f"empty.{dg.__version__}"  # a file with all tables and no event, which the file of a run begins as
MATERIALIZED = dg.DagsterEventType.ASSET_MATERIALIZATION
ON_THE_WAY = {  # of a step: its start, its end and whatever goes wrong are stored at once
    dg.DagsterEventType.STEP_OUTPUT,
    MATERIALIZED,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.HOOK_SKIPPED,
}


class EventRecords(SqliteEventLogStorage):
    """The event log with one engine for each file. Write-ahead logs survive a killed process; only a power cut may
    take the newest events, which are no evidence of a day.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._shared: _Transactions | None = None  # while events are stored
        self._waiting: list[EventLogEntry] = []
        self._are_to_wait = False  # while something is read that they do not change
        self._known_tables: set[str] = set()
        self._known_columns: set[str] = set()
        self._found: dict[str, tuple[tuple[int, int], EventRecordsResult]] = {}
        super().__init__(base_dir, inst_data)
        self._db_lock: Any = threading.RLock()  # an event is stored within a batch

    def has_table(self, table_name: str) -> bool:
        """Dagster asks for every check; a table that is there stays."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def _has_asset_key_col_on_connection(self, conn: sa.Connection, column_name: str) -> bool:
        """Dagster asks for every event of an asset; a column that is there stays."""
        if column_name not in self._known_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._known_columns.add(column_name)
        return column_name in self._known_columns

    def fetch_materializations(
        self,
        records_filter: dg.AssetKey | dg.AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """Every check asks for that of its asset: read once, as long as no one writes to the file."""
        asked = repr((records_filter, limit, cursor, ascending))
        with self._db_lock:
            if any(event.dagster_event_type is MATERIALIZED for event in self._waiting):
                self._store_waiting()
            self._are_to_wait = True
            try:
                state = self._state_of_index()
                if self._found.get(asked, (None,))[0] != state:
                    self._found = {name: one for name, one in self._found.items() if one[0] == state}
                    found = super().fetch_materializations(records_filter, limit, cursor, ascending)
                    self._found[asked] = state, found
                return self._found[asked][1]
            finally:
                self._are_to_wait = False

    def _state_of_index(self) -> tuple[int, int]:
        """What changes with every write: of another connection, of this one."""
        with self.index_connection() as connection:
            (others,) = connection.exec_driver_sql("PRAGMA data_version").one()
            own: Any = connection.connection.dbapi_connection
            return others, own.total_changes

    def store_event(self, event: EventLogEntry) -> None:
        """One event: with the next ones if it is one on the way, else in one transaction with those that wait."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Several events, in one transaction for each file; those on the way wait for the next that is not."""
        with self._db_lock:
            self._waiting += events
            if len(self._waiting) > MOST_WAITING or any(not _is_on_the_way(event) for event in events):
                self._store_waiting()

    def _store_waiting(self) -> None:
        events, self._waiting = self._waiting, []
        with _Transactions(self._engine) as self._shared:
            try:
                for event in events:
                    super().store_event(event)
            finally:
                self._shared = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            if self._shared:
                yield self._shared.of(shard)
            else:
                if self._waiting and not self._are_to_wait:
                    self._store_waiting()
                with self._engine(shard).begin() as connection:
                    yield connection

    def _engine(self, shard: str) -> sa.Engine:
        if shard in self._engines and not Path(self.path_for_shard(shard)).exists():  # wiped by another process
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            if shard not in self._initialized_dbs:
                self._make_tables(shard)
                self._initialized_dbs.add(shard)
            self._engines[shard] = self._pooled(shard)
            while len(self._engines) > MOST_ENGINES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def _pooled(self, shard: str) -> sa.Engine:
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            pool_size=1,
            max_overflow=0,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        sa.event.listen(engine, "connect", _synchronous_normal)
        return engine

    def _make_tables(self, shard: str) -> None:
        """A file appears with all its tables; where links cannot be, and in one that is there, Dagster makes them."""
        path, empty = Path(self.path_for_shard(shard)), Path(self._base_dir, EMPTY)
        with suppress(OSError):
            if not path.exists():
                if not empty.exists():
                    self._make_empty(empty)
                _link_copy(empty, path)
                return
        self._initdb(_unpooled(str(self.conn_string_for_shard(shard))))

    def _make_empty(self, path: Path) -> None:
        with TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder, "made.db")
            self._initdb(_unpooled(f"sqlite:///{made}"))
            made.replace(path)

    def dispose(self) -> None:
        """Store what waits, and close what is open."""
        with self._db_lock:
            if self._waiting:
                self._store_waiting()
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()


def _is_on_the_way(event: EventLogEntry) -> bool:
    return bool(event.step_key) and event.dagster_event_type in ON_THE_WAY


def _unpooled(url: str) -> sa.Engine:
    """To make the tables: Dagster asks for a second connection while it holds the first."""
    return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})


def _link_copy(source: Path, path: Path) -> None:
    """A copy that appears whole, unless another process was first."""
    with TemporaryDirectory(dir=path.parent) as folder:
        copied = Path(folder, path.name)
        copied.write_bytes(source.read_bytes())
        with suppress(FileExistsError):
            os.link(copied, path)


class _Transactions(ExitStack):
    """One for each file that is written to, all committed at the end, or none."""

    def __init__(self, engine_of: Callable[[str], sa.Engine]) -> None:
        super().__init__()
        self._engine_of = engine_of
        self._begun: dict[str, sa.Connection] = {}

    def of(self, shard: str) -> sa.Connection:
        """The open transaction of a file."""
        if shard not in self._begun:
            self._begun[shard] = self.enter_context(self._engine_of(shard).begin())
        return self._begun[shard]


def _synchronous_normal(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
