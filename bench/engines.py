"""`make bench-engines`: the match of one large day in DuckDB and on a Spark Connect server, and whether they agree.

The server is Sail, in the measured process, so that its CPU seconds are counted. `--url sc://host:15002` names another
one, and `--apache-spark DIR` starts Apache Spark itself as a cluster of two workers, from an environment DIR into which
`pip install "pyspark[connect]"` went, with the Java of this machine; their CPU seconds are not counted.
`python -m bench.engines --payments 1000` is a small day.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console

from assets.reconciled.step import KEPT, match_day
from bench.both_engines import BothEngines, apache_spark, both, sail
from bench.day import whole_day
from bench.inputs import Inputs, seeded
from bench.measure import Child, print_table, run_child
from recon.matching.plan import PROVE
from resources.engine import OpenEngine, in_process
from resources.engine.spark_server import SparkServer
from resources.settings.rules import day_rules
from resources.warehouse import Warehouse

CHILD = "child"
STARTS_SECONDS = 120  # two workers in Java
DUCKDB, SPARK, BOTH = ENGINES = ("duckdb", "spark", "both")


def main() -> None:
    """A table for each size."""
    options = argparse.ArgumentParser(prog="bench.engines")
    options.add_argument("--payments", type=int, nargs="+", default=[100_000, 1_000_000])
    server = options.add_mutually_exclusive_group()
    server.add_argument("--url", default="", help="of a running Spark Connect server; without it Sail is started")
    server.add_argument(
        "--apache-spark", type=Path, help="an environment with pyspark, of which two workers are started"
    )
    options.add_argument("--dir", type=Path, default=Path("var/bench"))
    given = options.parse_args()
    console = Console()
    for payments in given.payments:
        with console.status(f"seeding {payments:,} payments and reading them (kept for the next time)"):
            inputs = seeded(given.dir / str(payments), payments)
            if not inputs.orders.exists():
                whole_day(inputs)
        cluster = apache_spark(given.apache_spark) if given.apache_spark else nullcontext(given.url)
        with console.status("the match on each engine, and on both"), cluster as url:
            children = {name: _child(name, inputs, url) for name in ENGINES}
        shown = "Apache Spark, two workers" if given.apache_spark else given.url or "Sail"
        _print(console, payments, shown, children)


def _child(name: str, inputs: Inputs, url: str) -> Child:
    return run_child([sys.executable, "-m", "bench.engines", CHILD, name, str(inputs.directory), url])


def _print(console: Console, payments: int, server: str, children: dict[str, Child]) -> None:
    rows = [
        (label, f"{taken['seconds']:.1f}", f"{taken['cpu']:.1f}", f"{one.peak_mib:,.0f}", f"{taken['found']:,}")
        for label, one in (("DuckDB", children[DUCKDB]), (f"Spark Connect ({server})", children[SPARK]))
        if (taken := one.result)
    ]
    title = f"Match, classify and prove, {payments:,} payments a side"
    print_table(console, title, ("engine", "seconds", "CPU s", "peak MiB", "found"), rows)
    console.print(f"{children[BOTH].result['compared']} relations compared: each has the same rows on both")


@contextmanager
def _open_engine(name: str, url: str) -> Iterator[OpenEngine]:
    if name == DUCKDB:
        yield in_process
        return
    with sail() if not url else nullcontext(SparkServer(url, wait_seconds=STARTS_SECONDS)) as server:
        yield server.opened if name == SPARK else both(server)


def child(name: str, directory: str, url: str = "") -> None:
    """The match of the day on one engine, or on both; the clock runs from the open engine to what is handed over."""
    inputs = Inputs(Path(directory))
    warehouse, rules = Warehouse(inputs.state), day_rules(inputs.settings())
    with _open_engine(name, url) as open_engine, warehouse.connect() as connection:
        started, cpu = time.perf_counter(), time.process_time()
        with open_engine(connection, warehouse) as engine:
            match_day(engine, warehouse, inputs.day, rules)
            for statement in PROVE:
                engine.run(statement)
            for relation in KEPT.values():
                engine.hand_over(relation)
            taken = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
            ((found,),) = connection.execute("SELECT COUNT(*) FROM found").fetchall()
            compared = engine.compared if isinstance(engine, BothEngines) else 0
    print(json.dumps(taken | {"found": found, "compared": compared}))


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        child(*sys.argv[2:])
    else:
        main()
