"""A copy of the project that a test can change, and its commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("recon", "resources", "views", "assets", "checks", "pipelines", "sandbox", "config", "docs", "bench", "tests")
FILES = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "Makefile")
COMMANDS = """
import sys

from pipelines.cli.commands import run_cli

for line in sys.argv[1:]:
    print(f"exit code {run_cli(line.split())}", flush=True)
"""


def copied(folder: Path) -> Path:
    """The project, as it is here."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room)
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def recon(project: Path, *lines: str) -> list[tuple[int, str]]:
    """Exit code and text of each command of the copied project, all in one process."""
    command, both = [sys.executable, "-c", COMMANDS, *lines], subprocess.STDOUT
    ended = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, stderr=both, text=True, check=True)
    *said, last = re.split(r"^exit code (\d+)\n", ended.stdout, flags=re.MULTILINE)
    assert not last
    return [(int(code), text) for text, code in zip(said[::2], said[1::2], strict=True)]


def failing_tests(project: Path, *tests: str) -> set[str]:
    """The names of the tests of the copied project that fail, of these files or tests."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-rf", *tests]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    return set(re.findall(r"^FAILED \S+?::(\S+)", ended.stdout, re.MULTILINE))
