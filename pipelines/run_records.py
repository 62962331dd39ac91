"""Dagster's own records in SQLite, with connections that are kept.

Dagster's class makes a new engine and a new connection for every event, and compiles every statement anew; half
of the CPU time of a small day went there. Named in `dagster.yaml`; storage in PostgreSQL does not come here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from dagster._config.config_schema import UserConfigSchema
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from pipelines.instance import configured_records_folder
from resources.state_lock import StateLock

MOST_ENGINES = 8  # one file for each run, and the index of all
OPENED_SECONDS = 120  # making all tables takes one or two
RECORDS = "the records of Dagster"


class RunRecords(DagsterSqliteStorage):
    """Runs, events and schedules of a local Dagster, as `DagsterSqliteStorage` lays them out on disk."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Dagster makes its tables without a lock: two processes that begin together would both make them.
        with StateLock(Path(base_dir), OPENED_SECONDS, RECORDS).held("opening them"):
            super().__init__(base_dir, inst_data)
            self._event_log_storage = EventRecords(str(Path(base_dir, "history", "runs")))

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing: the folder follows from the configuration."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """What `dagster.yaml` asks for."""
        return cls.from_local(str(configured_records_folder()), inst_data)


class RunArtifacts(LocalArtifactStorage):
    """Files of runs and schedules next to the records."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing: the folder follows from the configuration."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """What `dagster.yaml` asks for."""
        return cls(str(configured_records_folder()), inst_data)


class RunLogs(LocalComputeLogManager):
    """What steps print, next to the records."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing: the folder follows from the configuration."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """What `dagster.yaml` asks for."""
        return cls(str(configured_records_folder()), inst_data=inst_data)


class EventRecords(SqliteEventLogStorage):
    """The event log with one engine for each file. Write-ahead logs survive a killed process; only a power cut may
    take the newest events, which are no evidence of a day.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._shared: _Transactions | None = None  # while events are stored
        super().__init__(base_dir, inst_data)
        self._db_lock: Any = threading.RLock()  # an event is stored within a batch

    def store_event(self, event: EventLogEntry) -> None:
        """One event, in one transaction for each file."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Several events, in one transaction for each file."""
        with self._db_lock, _Transactions(self._engine) as self._shared:
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
                with self._engine(shard).begin() as connection:
                    yield connection

    def _engine(self, shard: str) -> sa.Engine:
        if shard in self._engines and not Path(self.path_for_shard(shard)).exists():  # wiped by another process
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            engine = sa.create_engine(
                self.conn_string_for_shard(shard),
                pool_size=1,
                max_overflow=0,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            sa.event.listen(engine, "connect", _synchronous_normal)
            if shard not in self._initialized_dbs:
                super()._initdb(self._unpooled(shard))
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
            while len(self._engines) > MOST_ENGINES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def _unpooled(self, shard: str) -> sa.Engine:
        """To make the tables: Dagster asks for a second connection while it holds the first."""
        return sa.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=sa.NullPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )

    def dispose(self) -> None:
        """Close what is open."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


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
