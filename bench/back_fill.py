"""Thirty days of a thousand payments, from the command to its exit: one worker and two, in turn."""

from __future__ import annotations

import os
import statistics
import sys
from datetime import timedelta
from pathlib import Path

from bench.inputs import LAST_DAY, Inputs, seeded
from bench.measure import Child, run_child
from bench.small_days import CLI, PAYMENTS
from bench.state_digest import bytes_kept, tables
from sandbox.serving import SftpServer

DAYS = 30
WORKERS = (1, 2)


def back_fill(directory: Path, runs: int) -> dict[str, str]:
    """The figures of `bench.aims`, by name. Ends this process if the workers do not leave the same bytes and tables."""
    inputs = seeded(directory / f"{DAYS}_days", PAYMENTS, DAYS)
    taken: dict[int, list[Child]] = {workers: [] for workers in WORKERS}
    left = set[str]()
    with SftpServer(inputs.directory) as server:
        inputs.point_at(server.port)
        for _ in range(runs):
            for workers in WORKERS:
                inputs.clear()
                taken[workers].append(_run(inputs, workers))
                left.add(repr((bytes_kept(inputs.settings(), inputs.directory), tables(inputs.settings()))))
    if len(left) > 1:
        sys.exit("two workers left something else than one")
    seconds, cpu = ({each: _median(children, what) for each, children in taken.items()} for what in ("seconds", "cpu"))
    load, _, _ = os.getloadavg()
    return {
        "back-fill": f"{seconds[1] / seconds[2]:.2f}x ({seconds[1]:.0f} s, {seconds[2]:.0f} s; load {load:.0f})",
        "back-fill, CPU": f"{cpu[2] / cpu[1]:.2f}x ({cpu[1]:.0f} s, {cpu[2]:.0f} s)",
    }


def _run(inputs: Inputs, workers: int) -> Child:
    span = ["--from", str(LAST_DAY - timedelta(days=DAYS - 1)), "--to", str(LAST_DAY)]
    return run_child([*CLI, "run", *span, "--workers", str(workers), "--json"], inputs.environ())


def _median(children: list[Child], what: str) -> float:
    return float(statistics.median(getattr(child, what) for child in children))
