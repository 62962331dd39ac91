"""`make services` installs what the tests need and lack, and says what to install where it cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT

SCRIPT = ROOT / ".ci" / "services"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with a font and nothing else of it."""
    for tool in ("sh", "ls"):
        program(tmp_path, tool, f'exec /bin/{tool} "$@"')
    program(tmp_path, "id", "echo 0")
    (tmp_path / "fonts" / "truetype").mkdir(parents=True)
    return tmp_path


def program(machine: Path, name: str, text: str) -> None:
    path = machine / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run(machine: Path) -> subprocess.CompletedProcess[str]:
    folders = {"SBIN": "sbin", "POSTGRESQL": "postgresql", "FONTS": "fonts"}
    environment = {name: str(machine / folder) for name, folder in folders.items()} | {"PATH": str(machine / "bin")}
    return subprocess.run(
        ["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_where_everything_is_there_nothing_is_done(machine: Path) -> None:
    for name in ("sshd", "initdb", "mariadbd", "chromium"):
        program(machine, name, "exit 9")
    done = run(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_missing_is_installed(machine: Path) -> None:
    program(machine, "sshd", "")
    program(machine, "env", 'shift; exec "$@"')
    program(machine, "apt-get", f'echo "$@" >> {machine}/asked')
    assert run(machine).returncode == 0
    asked = (machine / "asked").read_text().splitlines()
    assert asked == ["update -qq", "install -y -qq --no-install-recommends postgresql mariadb-server chromium"]


def test_who_is_not_root_asks_sudo(machine: Path) -> None:
    program(machine, "id", "echo 1000")
    program(machine, "sudo", f'echo "$1" >> {machine}/asked')
    program(machine, "apt-get", "exit 1")
    assert run(machine).returncode == 0
    assert (machine / "asked").read_text().split() == ["apt-get", "env"]


@pytest.mark.parametrize("apt", [None, "exit 100"], ids=["no apt-get", "apt-get fails"])
def test_where_nothing_can_be_installed_one_line_says_what_to_do(machine: Path, apt: str | None) -> None:
    if apt:
        program(machine, "apt-get", apt)
    done = run(machine)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "make: the tests need openssh-server postgresql mariadb-server chromium."
        " Install them (names as on Debian), then run again"
    )
