"""`python -m bench.scoreboard`: precision and recall on seeded days with every fault, before and after the inquiries.

Each seed is played, landed, parsed, frozen, reconciled and closed without Dagster; then the loop asks over real HTTP,
the day runs again with the answers, and both lists are scored against what the sandbox knows. Exit code 1 if a day is
not perfect.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.demo import use_environment
from pipelines.neighbours import journal_of, landing_of, warehouse_of
from recon.clearing_day import as_of, report_date
from recon.day_proof import first_failing
from recon.errors import UnprovedDayError
from recon.inquiry_schedule import due_questions
from recon.report_names import ReportKind
from resources.alipayplus_api import api_of
from resources.control_totals import tie_out_day
from resources.exports import proof_of_day
from resources.inquiry_loop import LoopReceipt, ask_due, states_now
from resources.named_keys import named_keys
from resources.orders_db import OrdersDb, OrdersScope
from resources.parsing import parse_kind
from resources.reconciliation import PROVED, close_breaks, identity_of_day, mark_day, reconcile_day
from resources.settings import Settings, load_settings
from resources.settings_rules import day_rules, report_options, schedule_of
from sandbox.answers import asked_at
from sandbox.api import ApiServer
from sandbox.scoring import Score, has_answers, read_truth, score
from sandbox.seeding import SeedReport, seed


@dataclass(frozen=True)
class Played:
    """One day of one seed."""

    seed: int
    day: date
    before: Score
    after: Score
    loop: LoopReceipt
    seconds: float


def play(number: int, directory: Path, **wishes: Any) -> Iterator[Played]:
    """The days of a seed, in order."""
    seeded = seed(directory, seed=number, **wishes)
    use_environment(seeded.environment)
    with ApiServer(directory) as api:
        settings = _pointed_at(load_settings(seeded.config), api)
        landing_of(settings).land_from(directory / "sftp")
        for day in seeded.days:
            begun = time.perf_counter()
            before, after, loop = _day(settings, seeded, api, day)
            yield Played(number, day, before, after, loop, time.perf_counter() - begun)


def _pointed_at(settings: Settings, api: ApiServer) -> Settings:
    assert settings.inquiry is not None
    return settings.model_copy(
        update={"inquiry": settings.inquiry.model_copy(update={"base_url": api.base_url, "per_second": 0})}
    )


def _day(settings: Settings, seeded: SeedReport, api: ApiServer, day: date) -> tuple[Score, Score, LoopReceipt]:
    truth, warehouse, api.at = read_truth(seeded.truth), warehouse_of(settings), asked_at(day)
    orders = OrdersDb.of(settings, os.environ)
    with warehouse.connect() as connection:
        for kind in ReportKind:
            files = [file for file in landing_of(settings).versions(report_date(day)) if file.name.kind is kind]
            parse_kind(connection, warehouse, day, kind, files, report_options(settings))
        scope = OrdersScope(
            day, as_of(day, settings.calendar.arrival_grace), asked_at(day), named_keys(connection, warehouse, day)
        )
        orders.freeze(scope, warehouse.directory / "orders")
        tie_out_day(connection, warehouse, settings, day)
        before = _list(connection, settings, day)
    schedule = schedule_of(settings)
    journal = journal_of(settings)
    due = due_questions(before, journal.history(), schedule, day, asked_at(day))
    loop = ask_due(
        api_of(settings), journal, due, worker=f"scoreboard {day}", clock=lambda: asked_at(day),
        current_states=states_now(orders, lambda: asked_at(day)),
    )  # fmt: skip
    with warehouse.connect() as connection:
        after = _list(connection, settings, day)
        mark_day(connection, day, PROVED)
    first = score(truth, before, day, after_inquiries=has_answers(before))  # yesterday's answers still count
    return first, score(truth, after, day, after_inquiries=True), loop


def _list(connection: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> pl.DataFrame:
    rules = day_rules(settings)
    reconcile_day(connection, warehouse_of(settings), day, rules, journal_of(settings).evidence(day))
    items, _ = close_breaks(connection, day, rules)
    if failing := first_failing(proof_of_day(connection, day, identity_of_day(connection, day))):
        raise UnprovedDayError(failing, where=str(day))
    return items


def main() -> None:
    """One line per day; what is not right is listed."""
    options = argparse.ArgumentParser(prog="bench.scoreboard", description=__doc__)
    options.add_argument("--from", type=int, default=1, dest="first")
    options.add_argument("--to", type=int, default=20, dest="last")
    options.add_argument("--days", type=int, default=3)
    options.add_argument("--payments", type=int, default=1000)
    options.add_argument("--mode", default="multi-batch")
    options.add_argument("--settlement", action="store_true", help="a contract with holidays and a minimum, mistakes")
    options.add_argument("--last-day", type=date.fromisoformat, default=date(2026, 11, 20))
    given = options.parse_args()
    console = Console(width=160)
    is_perfect = True
    for number in range(given.first, given.last + 1):
        with tempfile.TemporaryDirectory() as folder:
            played = play(
                number, Path(folder), days=given.days, payments=given.payments, mode=given.mode,
                settlement=given.settlement, fees=True, last_day=given.last_day,
            )  # fmt: skip
            for one in played:
                is_perfect &= _show(console, one)
    sys.exit(not is_perfect)


def _show(console: Console, one: Played) -> bool:
    before, after, loop = one.before, one.after, one.loop
    console.print(
        f"seed {one.seed} {one.day}: {before.by_code['found'].sum()} breaks, precision {before.precision} "
        f"recall {before.recall}; asked {loop.asked}, answered {loop.answered}, skipped {loop.skipped}; after it "
        f"precision {after.precision} recall {after.recall}, answers right {after.right_answers} "
        f"wrong {after.wrong_answers.height}; {one.seconds:.1f} s",
        highlight=False,
    )
    for name, frame in (
        ("false", before.false_breaks), ("missed", before.missed), ("false after", after.false_breaks),
        ("missed after", after.missed), ("wrong answers", after.wrong_answers),
    ):  # fmt: skip
        if frame.height:
            table = Table(*frame.columns, title=name)
            for row in frame.iter_rows():
                table.add_row(*map(str, row))
            console.print(table)
    return before.precision == before.recall == 1.0 and after.is_perfect


if __name__ == "__main__":
    main()
