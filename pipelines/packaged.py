"""Files of the project that are no code: at the root of a checkout, inside this package where a wheel is installed."""

from __future__ import annotations

from pathlib import Path

INSTALLED = Path(__file__).parent / "packaged"  # pyproject.toml puts them there
PROJECT = INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[1]  # holds dagster.yaml
EXAMPLE = PROJECT / "config" / "recon.toml"
