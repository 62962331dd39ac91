"""What Dagster loads: the definitions of the configuration that is named in the environment."""

from __future__ import annotations

from pipelines.assembly import load_definitions

defs = load_definitions()
