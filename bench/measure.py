"""A child process measured from outside: its own clock, and the peak memory that the operating system saw."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

MIB = 1024  # ru_maxrss counts KiB on Linux


def print_table(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Names in the first column, figures in the others."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


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


# A process begins with the peak of the one that started it: so a small one starts the one that is measured.
STARTER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.call(sys.argv[1:])
usage, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
print("\\n" + json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
sys.exit(1 if code else 0)
"""


def run_child(command: Sequence[str], environ: dict[str, str] | None = None) -> Child:
    """Ends this process if the child fails, or leaves a day unproved."""
    started = [sys.executable, "-I", "-S", "-c", STARTER, *command]
    ended = subprocess.run(started, stdout=subprocess.PIPE, env=os.environ | (environ or {}), check=False)
    if ended.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    *printed, taken = ended.stdout.decode().splitlines()
    seconds, cpu, peak = json.loads(taken)
    return Child("\n".join(printed), seconds, cpu, peak / MIB)


def interleaved(commands: Mapping[str, Sequence[str]], runs: int) -> list[Measured]:
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
