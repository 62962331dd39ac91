"""Imports point one way; the contracts in pyproject.toml are held, and can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The import linter on a project."""
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("recon/broken.py", "import duckdb", "The rules know no framework"),
        ("recon/broken.py", "import resources.warehouse", "Imports point one way"),
        ("sandbox/broken.py", "import recon.breaks.payments", "The sandbox cannot grade us"),
        ("assets/broken.py", "import sandbox", "Nothing in the product imports the sandbox"),
    ],
)
def test_a_broken_contract_is_seen(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for package in ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    package, name = module.split("/")
    (tmp_path / package).unlink()
    (tmp_path / package).mkdir()
    for path in (ROOT / package).iterdir():
        if path.name != "__pycache__":
            (tmp_path / package / path.name).symlink_to(path)
    (tmp_path / package / name).write_text(f"{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    broken = [text for text in result.stdout.splitlines() if text.endswith("BROKEN")]
    assert any(text.startswith(contract) for text in broken), result.stdout
