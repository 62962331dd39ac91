"""The wheel works outside of the checkout: the first commands of a new installation, and Dagster's definitions."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
INSIDE = "import pipelines; assert {site!r} in pipelines.__file__; "


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel installs, without what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(PROJECT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Code that imports what the wheel installed, in a folder with nothing in it and no variable set."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RECON_", "DAGSTER_"))}
    command = [sys.executable, "-c", INSIDE.format(site=str(site)) + code, *arguments]
    environ["PYTHONPATH"] = str(site)
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_init_and_doctor(site: Path, tmp_path: Path) -> None:
    recon = "from pipelines.cli.commands import main; main()"
    written = run(site, tmp_path, recon, "init", "--dir", str(tmp_path))
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "recon.toml").exists()
    looked = run(site, tmp_path, recon, "doctor")
    assert looked.returncode == 1, "nothing is set yet"
    words = " ".join(looked.stdout.split())
    assert "is still the example" in words
    assert "Traceback" not in looked.stderr
    assert "fault of this program" not in words
    doctor = run(site, tmp_path, recon, "doctor", "--json")
    assert "dagster.yaml is used" in doctor.stdout, "Dagster keeps its records as our dagster.yaml says"


def test_the_definitions_without_a_configuration(site: Path, tmp_path: Path) -> None:
    keys = "(key.to_user_string() for key in defs.resolve_all_asset_keys())"
    shown = run(site, tmp_path, f"from pipelines.definitions import defs; print(*{keys})")
    assert shown.returncode == 0, shown.stderr
    assert "breaks/items" in shown.stdout.split()
