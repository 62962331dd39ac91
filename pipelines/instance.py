"""Where Dagster keeps its own records: next to the state, configured by dagster.yaml at the root
of the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from resources.settings import Settings

HOME_VARIABLE = "RECON_DAGSTER_HOME"
PROJECT = Path(__file__).parents[1]


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of this state directory."""
    home = Path(os.environ.get(HOME_VARIABLE) or settings.warehouse.directory / "dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ[HOME_VARIABLE] = str(home)
    return dg.DagsterInstance.from_config(str(PROJECT), "dagster.yaml")
