"""A child process measured from outside: its own clock, and the peak memory that the operating system saw."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MIB = 1024  # ru_maxrss counts KiB on Linux


@dataclass(frozen=True)
class Measured:
    """Medians over the runs of one contender."""

    name: str
    seconds: float
    cpu: float
    peak_mib: float
    found: int


@dataclass(frozen=True)
class Child:
    """A process that has ended: what it printed, and what it took, from its start to its exit."""

    output: str
    seconds: float
    cpu: float
    peak_mib: float

    @property
    def result(self) -> dict[str, Any]:
        """What it printed as its last line."""
        return dict(json.loads(self.output.strip().splitlines()[-1]))


def run_child(command: Sequence[str], environ: dict[str, str] | None = None) -> Child:
    """Ends this process if the child fails, or leaves a day unproved."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | (environ or {}))
    assert child.stdout is not None
    output = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    taken = time.perf_counter() - started
    return Child(output, taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MIB)


def interleaved(commands: dict[str, Sequence[str]], runs: int) -> list[Measured]:
    """Every contender in turn, `runs` times over, so that a slow minute of the machine hits all alike."""
    taken: dict[str, list[Child]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(run_child(command))
    return [
        Measured(
            name,
            statistics.median(child.result["seconds"] for child in children),
            statistics.median(child.result["cpu"] for child in children),
            statistics.median(child.peak_mib for child in children),
            int(children[-1].result["found"]),
        )
        for name, children in taken.items()
    ]
