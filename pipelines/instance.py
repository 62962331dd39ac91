"""Where Dagster keeps its own records: in the DAGSTER_HOME that somebody set, as its dagster.yaml says; else next to
the state, configured by dagster.yaml at the root of the project.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from pipelines.environment import DAGSTER_VARIABLE, HOME_VARIABLE, environment
from pipelines.packaged import PROJECT
from recon.errors import ConfigurationError
from resources.files import require_plain_path
from resources.settings import Settings, load_settings, nothing_is_configured
from resources.storage import storage_errors

FILE = "dagster.yaml"
UNCONFIGURED = "var/dagster"  # from the working folder
TOGETHER = {"DAGSTER_EVENT_BATCH_SIZE": "1000"}  # what a run plans to do is stored in one transaction
# Steps print nothing. Copying their output would start two processes a run, which a signal from the terminal hits too.
ON_A_TERMINAL = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
        "config": {},
    }
}


def open_instance(settings: Settings) -> AbstractContextManager[dg.DagsterInstance]:
    """The instance that the services use, too; ConfigurationError if DAGSTER_HOME names no folder.

    StorageError if its records cannot be read or written.
    """
    folder, records = instance_folder(), records_folder(settings)
    try:
        require_plain_path(records)
    except ValueError as error:
        raise ConfigurationError(str(error), where=HOME_VARIABLE, do="Name another folder") from None
    return _opened(folder, records)


@contextmanager
def _opened(folder: Path, records: Path) -> Iterator[dg.DagsterInstance]:
    with environment({HOME_VARIABLE: str(records), **TOGETHER}):
        with storage_errors(records):
            if folder == PROJECT:
                records.mkdir(parents=True, exist_ok=True)
            reference = InstanceRef.from_dir(str(folder), config_filename=FILE, overrides=ON_A_TERMINAL)
            instance = dg.DagsterInstance.from_ref(reference)
        with instance, storage_errors(records, sqlite3.Error):  # what else a run writes names its own path
            yield instance


def instance_folder() -> Path:
    """The folder whose dagster.yaml counts."""
    configured = os.environ.get(DAGSTER_VARIABLE)
    if not configured:
        return PROJECT
    if not Path(configured).is_absolute() or not Path(configured).is_dir():
        raise ConfigurationError(
            "is not the absolute path of a folder",
            where=DAGSTER_VARIABLE,
            do=f"Name the folder that holds {FILE}, or unset it to keep the records next to the state",
        )
    return Path(configured)


def records_folder(settings: Settings) -> Path:
    """Where the project's own dagster.yaml keeps runs, events and logs."""
    return Path(os.environ.get(HOME_VARIABLE) or settings.warehouse.directory / "dagster").resolve()


def configured_records_folder() -> Path:
    """The same for Dagster itself, which has no settings; without a configuration a folder for looking around."""
    if folder := os.environ.get(HOME_VARIABLE):
        return Path(folder).resolve()
    return (Path(UNCONFIGURED) if nothing_is_configured() else records_folder(load_settings())).resolve()
