"""The inquiry loop against the sandbox's API over HTTP: questions per second and peak memory, journal included.

    python -m bench --inquiry 100000 [--per-second 50] [--workers 4]

Alipay+ of the sandbox runs in this process, the loop in a child, so that both have a core and the memory is
that of the loop alone. Every question and answer is signed, verified and on disk before the next step.
"""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from rich.console import Console

from assets.inquiries.loop import ask_due
from bench.inputs import LAST_DAY
from bench.measure import MIB, print_table, run_child
from recon.breaks.items import ITEM_SCHEMA
from recon.inquiry.schedule import Schedule, due_questions
from resources.alipayplus.api import api_of
from resources.journals.inquiries import InquiryJournal
from resources.settings import load_settings
from sandbox.api import ApiServer
from sandbox.api.ledger import FILE
from sandbox.seeding import seed

AT_A_PACE = 60  # seconds that the run with a limit lasts
SECTION = """
[inquiry]
base_url = "{server.base_url}"
environment = "sandbox"
client_id = "{server.client_id}"
private_key_file = "{server.keys.own_private}"
public_key_files = ["{server.keys.provider_public}"]
per_second = {per_second}
workers = {workers}
questions_per_run = {most}
"""


def inquiry(directory: Path, rows: int, asked: int, per_second: float, workers: int, console: Console) -> None:
    """Prints one line without a limit and one with it."""
    folder = directory.resolve() / f"inquiry-{rows}"
    with console.status(f"seeding {rows:,} payments (kept for the next time)"):
        if not (folder / "items.parquet").exists():
            seed(folder, days=1, payments=rows, last_day=LAST_DAY, faults=False)
            _items(folder / FILE, rows).write_parquet(folder / "items.parquet")
    lines = []
    with ApiServer(folder) as server:
        for limit, most in ((0.0, asked), (per_second, round(AT_A_PACE * per_second))):
            with console.status(f"asking, limit {limit:g}"):
                shutil.rmtree(folder / "state", ignore_errors=True)
                config = _config(folder, server, limit, workers, min(most, rows))
                measured = run_child([sys.executable, "-m", "bench.inquiry", str(config)]).result
            lines.append((
                f"{limit:g}" if limit else "none", f"{measured['asked']:,}", f"{measured['seconds']:.1f}",
                f"{measured['asked'] / measured['seconds']:.0f}", f"{measured['p50']}/{measured['p95']}",
                f"{measured['before_mib']:.0f}", f"{measured['peak_mib']:.0f}",
            ))  # fmt: skip
    columns = ("limit, a second", "asked", "seconds", "a second", "latency p50/p95 ms", "MiB before", "MiB peak")
    print_table(console, f"The inquiry loop, {rows:,} due rows, {workers} workers", columns, lines)


def _items(ledger: Path, rows: int) -> pl.DataFrame:
    """Every payment that Alipay+ knows, as if no report had it."""
    with closing(sqlite3.connect(ledger)) as connection:
        known = connection.execute("SELECT request_id, amount, currency FROM payment LIMIT ?", [rows]).fetchall()
    names = ["payment_request_id", "order_amount_minor", "currency"]
    plain = {
        "as_of_day": LAST_DAY, "family": "P", "break_code": "P07", "severity": "S1", "state": "OPEN", "inquiry": "Y",
        "source_id": "ogloba", "situation": "SUCCESS/0",
    }  # fmt: skip
    found = pl.DataFrame(known, schema=names, orient="row").with_columns(
        *(pl.lit(value).alias(name) for name, value in plain.items()),
        pl.format("P/ogloba/order/{}", "payment_request_id").alias("break_id"),
        pl.col("payment_request_id").alias("order_key"),
        pl.col("order_amount_minor").alias("amount_at_risk_minor"),
    )
    empty = pl.DataFrame(schema=ITEM_SCHEMA)
    return pl.concat([empty, found.cast({"as_of_day": pl.Date})], how="diagonal_relaxed")


def _config(folder: Path, server: ApiServer, per_second: float, workers: int, most: int) -> Path:
    config = folder / "bench.toml"
    section = SECTION.format(server=server, per_second=per_second, workers=workers, most=most)
    config.write_text((folder / "recon.toml").read_text().split("\n[inquiry]\n", 1)[0] + section)
    return config


def main(config: str) -> None:
    """The child: one run over all due rows."""
    settings = load_settings(Path(config))
    wanted, folder = settings.inquiry, Path(config).parent
    assert wanted
    schedule = Schedule(per_run=wanted.questions_per_run)
    before = _peak_mib()
    with api_of(settings) as api, InquiryJournal(folder / "state", schedule) as journal:
        began, items = time.perf_counter(), pl.read_parquet(folder / "items.parquet")
        due = due_questions(items, journal.history(), schedule, LAST_DAY, datetime.now(UTC))
        receipt = ask_due(
            api, journal, due, current_states=lambda _: {}, worker="bench", workers=wanted.workers,
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
        seconds = time.perf_counter() - began
    assert receipt.answered == receipt.asked, receipt
    measured = {"asked": receipt.asked, "seconds": seconds, "before_mib": before, "peak_mib": _peak_mib()}
    print(json.dumps(measured | receipt.latency_ms))


def _peak_mib() -> float:
    """Of this program until now; a small one started it, so that the peak is its own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


if __name__ == "__main__":
    main(sys.argv[1])
