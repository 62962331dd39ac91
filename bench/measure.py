"""A child process measured from outside: its own clock, and the peak memory that the operating system saw."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MIB = 1024  # ru_maxrss counts KiB on Linux


@dataclass(frozen=True)
class Measured:
    """Medians over the runs of one contender."""

    name: str
    seconds: float
    cpu: float
    peak_mib: float
    found: int


def run_child(command: Sequence[str], environ: dict[str, str] | None = None) -> tuple[dict[str, float], float]:
    """What the child printed as its last line, and its peak memory in MiB."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | (environ or {}))
    assert child.stdout is not None
    output = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    lines = output.strip().splitlines()
    return (json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}), usage.ru_maxrss / MIB


def interleaved(commands: dict[str, Sequence[str]], runs: int) -> list[Measured]:
    """Every contender in turn, `runs` times over, so that a slow minute of the machine hits all alike."""
    taken: dict[str, list[tuple[dict[str, float], float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(run_child(command))
    return [
        Measured(
            name,
            statistics.median(result["seconds"] for result, _ in results),
            statistics.median(result["cpu"] for result, _ in results),
            statistics.median(peak for _, peak in results),
            int(results[-1][0]["found"]),
        )
        for name, results in taken.items()
    ]
