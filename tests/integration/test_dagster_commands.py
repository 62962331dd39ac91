"""Dagster's own commands in a fresh clone: no variable set, on the example configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FRESH = {name: value for name, value in os.environ.items() if not name.startswith(("RECON_", "DAGSTER_"))}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that Dagster's commands look for in the folder that they are started in."""
    for name in ("pyproject.toml", "dagster.yaml"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    (tmp_path / "pipelines").symlink_to(PROJECT / "pipelines")
    return tmp_path


def test_dg_lists_every_state_of_the_data(clone: Path) -> None:
    command = [str(Path(sys.executable).with_name("dg")), "list", "defs", "--json"]
    listed = subprocess.run(command, cwd=clone, env=FRESH, capture_output=True, text=True, check=False)
    assert listed.returncode == 0, listed.stderr
    shown = json.loads(listed.stdout)
    groups = {asset["group_name"] for asset in shown["assets"]}
    assert {"1_landed", "2_parsed", "3_orders", "4_reconciled", "6_breaks", "8_exports"} <= groups
    assert "clearing_day" in {job["name"] for job in shown["jobs"]}
    assert (clone / "var" / "dagster").is_dir(), "Dagster's records are in no folder of the sources"


def test_the_location_has_a_readable_name_in_both_commands() -> None:
    tools = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]
    dagster, dg = tools["dagster"], tools["dg"]["project"]
    assert (dagster["module_name"], dagster["code_location_name"]) == ("pipelines.definitions", "recon")
    assert (dg["code_location_target_module"], dg["code_location_name"]) == ("pipelines.definitions", "recon")
