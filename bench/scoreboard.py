"""`python -m bench.scoreboard`: precision and recall on seeded days with every fault, before and after the inquiries.

Each seed is played, landed, parsed, frozen, reconciled and closed without Dagster; then the loop asks over real HTTP,
the day runs again with the answers, and both lists are scored against what the sandbox knows. With `--deliveries`
files are late, missing and re-issued: a day is proved, or says exactly which file it lacks; and what a correction
changed is compared, too. Exit code 1 if a day is not perfect.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from bench.day_driver import DayDriver, Ran, small
from bench.deliveries import changed_breaks, changed_files, told_changes
from pipelines.demo import use_environment
from recon.clearing_day import CLEARING_ZONE
from resources.revisions import items_as_known
from resources.settings import Settings, load_settings
from sandbox.api import ApiServer
from sandbox.deliveries import read_deliveries
from sandbox.scoring import Score, has_answers, score
from sandbox.seeding import seed
from sandbox.truth_before import is_incomplete, names_what_is_missing, truth_of_day


@dataclass(frozen=True)
class Judged:
    """One run of a day of a seed, and what is wrong with it."""

    seed: int
    ran: Ran
    seconds: float
    scores: tuple[Score, ...] = ()  # of the list, and of the list with answers
    wrong: list[str] = field(default_factory=list)

    @property
    def is_perfect(self) -> bool:
        """Everything as deserved; the answers count once they were asked for."""
        is_exact = all(each.precision == each.recall == 1.0 for each in self.scores)
        return not self.wrong and is_exact and all(each.is_perfect for each in self.scores[1:])


def play(number: int, directory: Path, **wishes: Any) -> Iterator[Judged]:
    """All runs of a seed, in the order of time."""
    seeded = seed(directory, seed=number, **wishes)
    use_environment(seeded.environment)
    with ApiServer(directory) as api:
        driver = DayDriver(_pointed_at(load_settings(seeded.config), api), directory, read_deliveries(directory), api)
        shown: dict[date, pl.DataFrame] = {}
        begun = time.perf_counter()
        for ran in driver.play(list(seeded.days)):
            seconds = time.perf_counter() - begun
            yield judge(number, driver, ran, seconds, shown)
            begun = time.perf_counter()


def judge(number: int, driver: DayDriver, ran: Ran, seconds: float, shown: dict[date, pl.DataFrame]) -> Judged:
    """Compares a run with what the sandbox knows at its instant; `shown`: what the days showed before."""
    truth = _truth(driver, ran, ran.at)
    if ran.reason:
        is_right = is_incomplete(truth) and names_what_is_missing(truth, ran.reason)
        return Judged(number, ran, seconds, wrong=[] if is_right else [f"incomplete without need: {ran.reason}"])
    if is_incomplete(truth):
        return Judged(number, ran, seconds, wrong=[f"proved, and lacks {truth['key'][0]}"])
    wrong = [*_corrections(driver, ran, truth), *_as_shown(driver, ran, shown)]
    shown[ran.day] = ran.after
    first = score(truth, ran.before, ran.day, after_inquiries=has_answers(ran.before))  # earlier answers still count
    second = [score(truth, ran.after, ran.day, after_inquiries=True)] if ran.loop else []
    return Judged(number, ran, seconds, (first, *second), wrong)


def _truth(driver: DayDriver, ran: Ran, at: datetime) -> pl.DataFrame:
    return truth_of_day(driver.directory, ran.day, lambda arrives: arrives <= at)


def _corrections(driver: DayDriver, ran: Ran, truth: pl.DataFrame) -> Iterator[str]:
    """What corrections.csv shows otherwise than the sandbox knows it."""
    if ran.known_before is None:
        return
    since = ran.known_before.recorded_at
    expected = changed_files(driver.directory, driver.deliveries, ran.day, since, ran.at)
    expected |= changed_breaks(_truth(driver, ran, since), truth)
    found = told_changes(ran.corrections)
    yield from (f"not recorded: {change}" for change in sorted(expected - found))
    yield from (f"recorded, and not so: {change}" for change in sorted(found - expected))


def _as_shown(driver: DayDriver, ran: Ran, shown: dict[date, pl.DataFrame]) -> Iterator[str]:
    """What the day showed before must be readable for good."""
    if ran.known_before is not None:
        same = ["break_id", "break_code", "state"]
        known = items_as_known(driver.warehouse, ran.known_before)
        then, kept = (frame.select(same).sort(same) for frame in (shown[ran.day], known))
        if not then.equals(kept):
            yield f"revision {ran.known_before.number} is not what the day showed"


def _pointed_at(settings: Settings, api: ApiServer) -> Settings:
    assert settings.inquiry is not None
    inquiry = settings.inquiry.model_copy(update={"base_url": api.base_url, "per_second": 0})
    return small(settings).model_copy(update={"inquiry": inquiry})


def main() -> None:
    """One line per day and seed; what is not right is listed."""
    options = argparse.ArgumentParser(prog="bench.scoreboard", description=__doc__)
    options.add_argument("--from", type=int, default=1, dest="first")
    options.add_argument("--to", type=int, default=20, dest="last")
    options.add_argument("--days", type=int, default=3)
    options.add_argument("--payments", type=int, default=1000)
    options.add_argument("--mode", default="multi-batch")
    options.add_argument("--settlement", action="store_true", help="a contract with holidays and a minimum, mistakes")
    options.add_argument("--deliveries", action="store_true", help="a late, a missing and a corrected file")
    options.add_argument("--flood", help="one cause with a hundred breaks, a name of sandbox.mass_faults.MASS_FAULTS")
    options.add_argument("--last-day", type=date.fromisoformat, default=date(2026, 11, 20))
    given = options.parse_args()
    console = Console(width=160)
    is_perfect = True
    for number in range(given.first, given.last + 1):
        with tempfile.TemporaryDirectory() as folder:
            runs = []
            for one in play(
                number, Path(folder), days=given.days, payments=given.payments, mode=given.mode,
                settlement=given.settlement, fees=True, flood=given.flood, deliveries=given.deliveries,
                last_day=given.last_day,
            ):  # fmt: skip
                _show(console, one)
                runs.append(one)
        console.print(summary(runs), highlight=False)
        is_perfect &= all(one.is_perfect for one in runs)
    sys.exit(not is_perfect)


def summary(runs: list[Judged]) -> str:
    """The end line of a seed: days proved, days that were incomplete and why, corrections, precision and recall."""
    days = {one.ran.day for one in runs}
    proved = {one.ran.day for one in runs if not one.ran.reason}
    lines = [
        f"seed {runs[0].seed}: {len(proved)} of {len(days)} days proved in {len(runs)} runs, "
        f"{_share(runs, 'deserved')} of what is deserved found, {_share(runs, 'found')} of what is found deserved, "
        f"{'all as deserved' if all(one.is_perfect for one in runs) else 'NOT AS DESERVED'}; "
        f"{sum(one.seconds for one in runs):.0f} s"
    ]
    lines += [f"  incomplete {one.ran.day} at {_clock(one.ran.at)}: {one.ran.reason}" for one in runs if one.ran.reason]
    lines += [
        f"  corrected  {one.ran.day} at {_clock(one.ran.at)}: {_counted_by_change(one.ran.corrections)}"
        for one in runs
        if one.ran.corrections.height
    ]
    return "\n".join(lines)


def _share(runs: list[Judged], whole: str) -> str:
    lists = [each.by_code for one in runs for each in one.scores]
    right, all_of_them = (sum(int(codes[name].sum()) for codes in lists) for name in ("right", whole))
    return f"{right} / {all_of_them}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(CLEARING_ZONE):%Y-%m-%d %H:%M}"


def _counted_by_change(corrections: pl.DataFrame) -> str:
    counted = corrections.group_by("what", "change").agg(pl.len().alias("count")).sort("what", "change")
    return ", ".join(f"{count} {what} {change}".lower() for what, change, count in counted.iter_rows())


def _show(console: Console, one: Judged) -> None:
    ran, loop = one.ran, one.ran.loop
    line = f"seed {one.seed} {ran.day} at {_clock(ran.at)}: "
    line += f"incomplete, {ran.reason}" if ran.reason else f"{ran.before.height} breaks"
    line += "".join(f", precision {each.precision} recall {each.recall}" for each in one.scores)
    if loop:
        answers = one.scores[-1]
        line += f", asked {loop.asked}, answers right {answers.right_answers} wrong {answers.wrong_answers.height}"
    console.print(f"{line}; {one.seconds:.1f} s", highlight=False)
    for wrong in one.wrong:
        console.print(f"  {wrong}", highlight=False)
    for place, each in enumerate(one.scores):
        for name, frame in (
            ("false", each.false_breaks), ("missed", each.missed), ("wrong answers", each.wrong_answers),
        ):  # fmt: skip
            if frame.height and (place or name != "wrong answers"):
                table = Table(*frame.columns, title=f"{name}{' after it' * place}")
                for row in frame.iter_rows():
                    table.add_row(*map(str, row))
                console.print(table)


if __name__ == "__main__":
    main()
