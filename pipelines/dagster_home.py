"""Where Dagster keeps its runs: in DAGSTER_HOME, or beside our own state.

Without DAGSTER_HOME the project's dagster.yaml is copied next to the storage, so that its limits
(one writer at a time, no telemetry) hold on the command line too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recon.errors import ConfigurationError

if TYPE_CHECKING:
    from dagster import DagsterInstance

HOME = "DAGSTER_HOME"
PROJECT_FILE = Path(__file__).resolve().parent.parent / "dagster.yaml"


def settle_home(state_directory: Path, environ: MutableMapping[str, str] = os.environ) -> Path:
    """The folder of Dagster, made ready and named in DAGSTER_HOME."""
    chosen = environ.get(HOME)
    home = Path(chosen) if chosen else state_directory / "dagster"
    if chosen and not (home.is_absolute() and home.is_dir()):
        raise ConfigurationError(
            "must name an existing folder by its absolute path",
            where=HOME,
            do="Set it, or unset it",
        )
    home.mkdir(parents=True, exist_ok=True)
    if not chosen:
        _copy_configuration(home)
    environ[HOME] = str(home)
    return home


def _copy_configuration(home: Path) -> None:
    content, target = PROJECT_FILE.read_bytes(), home / "dagster.yaml"
    if not target.exists() or target.read_bytes() != content:
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(target)


@contextmanager
def dagster_instance(state_directory: Path) -> Iterator[DagsterInstance]:
    """The instance that records the runs."""
    settle_home(state_directory)
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        yield instance
