"""`make bench`: match + classify against what a user would pick instead, the whole day by step, small days, back-fill,
SFTP.

`python -m bench --only sftp` measures one of them. `--inquiry 100000` measures the inquiry loop instead, and
`--orders 1000000` the reading of orders.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console

from bench.aims import print_figures
from bench.back_fill import back_fill
from bench.day import whole_day
from bench.inputs import Inputs, seeded_in_postgresql
from bench.inquiry import inquiry
from bench.measure import Measured, interleaved, print_table
from bench.orders import orders
from bench.sftp import transfers
from bench.small_days import demo, small_days

HERE = Path(__file__).parent
BARE = "hand_written_join"
OURS = "this_project"
MEASURES = ("match", "day", "small", "back-fill", "sftp")


def main() -> None:
    """Prints the tables of what was measured, and in the end one of all figures and their aims."""
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--payments", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--days", type=int, default=60, help="of a thousand payments each")
    options.add_argument("--only", nargs="+", choices=MEASURES, default=MEASURES, help="what is measured")
    options.add_argument("--dir", type=Path, default=Path("var/bench"))
    options.add_argument("--inquiry", type=int, metavar="ROWS", help="measure the inquiry loop, and nothing else")
    options.add_argument("--per-second", type=float, default=50, help="the limit of its second run")
    options.add_argument("--asked", type=int, help="questions of its first run, which has no limit; default: all")
    options.add_argument("--workers", type=int, default=4, help="its threads")
    options.add_argument("--orders", type=int, metavar="ROWS", help="measure reading orders from each database only")
    given = options.parse_args()
    console = Console()
    if given.orders:
        orders(given.orders, console)
        return
    if given.inquiry:
        asked = given.asked or given.inquiry
        inquiry(given.dir, given.inquiry, asked, given.per_second, given.workers, console)
        return
    figures: dict[str, str] = {}
    if {"match", "day"} & set(given.only):
        with console.status(f"seeding {given.payments:,} payments"):
            inputs = seeded_in_postgresql(given.dir / f"{given.payments}_in_postgresql", given.payments)
        with console.status("the whole day, by step"):  # it makes what is matched
            steps, peak = whole_day(inputs)
        figures |= _print_day(console, steps, peak)
    if "match" in given.only:
        with console.status("match + classify, each contender in turn"):
            measured = interleaved(_commands(inputs, given.dir), given.runs)
        figures |= _print_match(console, measured, given.payments)
    if "small" in given.only:
        with console.status(f"{given.days} days of a thousand payments, the demo"):
            figures |= small_days(given.dir, given.days) | demo(given.dir)
    if "back-fill" in given.only:
        with console.status("thirty days with one worker and with two"):
            figures |= back_fill(given.dir, min(given.runs, 3))
    if "sftp" in given.only:
        with console.status("landing over SFTP"):
            figures |= transfers(given.runs)
    print_figures(console, figures)


def _commands(inputs: Inputs, directory: Path) -> dict[str, list[str]]:
    child = [sys.executable, "-m", "bench.child"]
    commands = {name: [*child, name, str(inputs.directory)] for name in (BARE, OURS, "pandas_merge")}
    given = {"orders": str(inputs.orders), "rows": [str(path) for path in inputs.rows], "day": str(inputs.day)}
    python = _datacompy_environment(directory / "datacompy")
    commands["datacompy_polars"] = [
        str(python), str(HERE / "contenders" / "datacompy_polars.py"), json.dumps(given),
    ]  # fmt: skip
    return commands


def _datacompy_environment(directory: Path) -> Path:
    python = directory.resolve() / "bin" / "python"
    stamp = directory / "installed"
    wanted = HERE / "datacompy.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        venv.create(directory, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)], check=True)
        stamp.write_text(wanted.read_text())
    return python


def _print_match(console: Console, measured: list[Measured], payments: int) -> dict[str, str]:
    bare, ours = (next(one for one in measured if one.name == name) for name in (BARE, OURS))
    columns = ("contender", "seconds", "x bare join", "CPU s", "x bare CPU", "peak MiB", "found")
    rows = [
        (one.name.replace("_", " "), f"{one.seconds:.2f}", f"{one.seconds / bare.seconds:.1f}",
         f"{one.cpu:.2f}", f"{one.cpu / bare.cpu:.1f}", f"{one.peak_mib:,.0f}", f"{one.found:,}")
        for one in measured
    ]  # fmt: skip
    print_table(console, f"Match + classify, {payments:,} payments a side (medians)", columns, rows)
    return {"match": f"{ours.cpu / bare.cpu:.1f}x", "match memory": f"{ours.peak_mib:,.0f}"}


def _print_day(console: Console, steps: list[tuple[str, float]], peak: float) -> dict[str, str]:
    sums = [
        ("[bold]sum of steps", f"[bold]{sum(seconds for _, seconds in steps):.1f}"),
        ("[bold]peak memory of the process, MiB", f"[bold]{peak:,.0f}"),
    ]
    rows = [*((name, f"{seconds:.1f}") for name, seconds in steps), *sums]
    print_table(console, "The whole day through Dagster, by step", ("step", "seconds"), rows)
    after_sftp = sum(seconds for name, seconds in steps if not name.startswith("landed"))
    return {"day": f"{after_sftp:.1f}", "day memory": f"{peak:,.0f}"}


if __name__ == "__main__":
    main()
