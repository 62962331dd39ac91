"""The variables that say where Dagster keeps its records, and variables for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

DAGSTER_VARIABLE = "DAGSTER_HOME"
HOME_VARIABLE = "RECON_DAGSTER_HOME"


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables for this process and those that it starts; what was there before is put back."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
