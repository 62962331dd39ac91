"""Dagster's own records in SQLite, next to the state. Named in `dagster.yaml`; PostgreSQL does not come here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from pipelines.event_records import EventRecords
from pipelines.instance import configured_records_folder
from resources.state_lock import StateLock

OPENED_SECONDS = 120  # making all tables takes one or two
RECORDS = "the records of Dagster"


class _InOurFolder:
    """What `dagster.yaml` asks for, without settings of its own: the folder follows from the configuration."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing: the folder follows from the configuration."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """What `dagster.yaml` asks for."""
        return cls(str(configured_records_folder()), inst_data=inst_data)  # type: ignore[call-arg]


class RunRecords(_InOurFolder, DagsterSqliteStorage):
    """Runs, events and schedules of a local Dagster, as `DagsterSqliteStorage` lays them out on disk."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Dagster makes its tables without a lock: two processes that begin together would both make them.
        with StateLock(Path(base_dir), OPENED_SECONDS, RECORDS).held("opening them"):
            super().__init__(base_dir, inst_data)
            self._event_log_storage = EventRecords(str(Path(base_dir, "history", "runs")))


class RunArtifacts(_InOurFolder, LocalArtifactStorage):
    """Files of runs and schedules next to the records."""


class RunLogs(_InOurFolder, LocalComputeLogManager):
    """What steps print, next to the records."""
