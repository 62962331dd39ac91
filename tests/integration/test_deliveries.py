"""A report comes late, one is handed over, some come again: each day is proved, or says exactly why not; and the lists
are the same whether rows of past days are joined or not.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import checks.shape
import resources.joined_rows as joined_rows
from assets.exports.step import CORRECTIONS
from bench.day_driver import DayDriver, Ran, small
from bench.scoreboard import Judged, judge
from pipelines.cli.sandbox import show_score
from recon.clearing_day import CLEARING_ZONE
from recon.errors import ConfigurationError
from recon.tie_out.proof import PROVED
from resources.settings import load_settings
from resources.warehouse import JOINED
from sandbox.deliveries import FEWEST_DAYS, read_deliveries
from sandbox.seeding import seed
from tests.support.played import all_met

LAST_DAY = date(2026, 10, 20)  # a Tuesday
DAYS = [LAST_DAY - timedelta(days=back) for back in reversed(range(FEWEST_DAYS))]
LATE, MISSING, CORRECTED = DAYS[:3]
pytestmark = pytest.mark.slow


@dataclass
class Week:
    """Every run of the days, in the order of time, judged at once."""

    driver: DayDriver
    judged: list[Judged] = field(default_factory=list)
    scored: list[bool] = field(default_factory=list)  # what `recon score` said after each run
    joined: list[int] = field(default_factory=list)  # files with rows of several past files, after each run

    def ended(self) -> list[tuple[date, str, str]]:
        """Day, when it was run, and why it was not proved."""
        runs = (one.ran for one in self.judged)
        return [(ran.day, f"{ran.at.astimezone(CLEARING_ZONE):%d %H:%M}", ran.reason) for ran in runs]

    def corrections(self, day: date) -> pl.DataFrame:
        """What the last run of a day changed."""
        return next(one.ran for one in reversed(self.judged) if one.ran.day == day).corrections


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that each copies who plays the days."""
    folder = tmp_path_factory.mktemp("seeded")
    seed(folder, days=len(DAYS), payments=60, settlement=True, fees=True, deliveries=True, last_day=LAST_DAY)
    return folder


def driver_of(seeded: Path, folder: Path, patch: pytest.MonkeyPatch) -> DayDriver:
    """Who plays the days in a copy of the folder; the variable of its orders is set."""
    shutil.copytree(seeded, folder)
    patch.setenv("RECON_ORDERS_URL", f"sqlite:///{folder / 'orders.db'}")
    return DayDriver(small(load_settings(folder / "recon.toml")), folder, read_deliveries(folder))


@pytest.fixture(scope="module")
def week(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """Rows of past days are joined, in files for one and for two days: for those of the product a week is too short."""
    folder = tmp_path_factory.mktemp("week") / "box"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joined_rows, "SPANS", (2, 1))
        driver = driver_of(seeded, folder, patch)
        shown: dict[date, pl.DataFrame] = {}
        played = Week(driver)
        for ran in driver.play(DAYS):
            played.judged.append(judge(1, driver, ran, 0, shown))
            played.scored.append(show_score(folder, ran.day, briefly=True))
            played.joined.append(len(joined_files(driver)))
        yield played


def test_each_day_is_proved_or_names_exactly_what_it_lacks(week: Week) -> None:
    ended = week.ended()
    assert [(day, at) for day, at, reason in ended if not reason] == [
        (LATE, "17 13:10"),  # as soon as the late file was there
        (MISSING, "19 10:00"),  # handed over, and the day that waited for it
        (CORRECTED, "19 10:00"),
        (DAYS[3], "20 08:30"),
        (DAYS[4], "21 08:30"),
        (CORRECTED, "21 14:00"),  # re-issued: this day and those that start from it
        (DAYS[3], "21 14:00"),
        (DAYS[4], "21 14:00"),
    ]
    late, missing, waiting = (reason for _, _, reason in ended if reason)
    batch = f"{LATE:%Y%m%d}00000002"
    assert late == (
        f"no transactionItems file came for batch {batch} of agreement 2188EU_CN01 in EUR: "
        f"transactionItems_1022188000000123_EUR_{batch}_2188EU_CN01_000.csv is missing (F01)"
    )
    batch = f"{MISSING:%Y%m%d}00000003"
    assert missing == (
        f"feeItems batch {batch} of agreement 2188EU0001 lacks seq 000: "
        f"feeItems_1022188000000123_EUR_{batch}_2188EU0001_000.csv is missing (F06)"
    )
    assert f"{MISSING} is not proved" in waiting


def test_every_list_is_as_deserved_with_what_had_come_by_then(week: Week) -> None:
    assert [one.wrong for one in week.judged] == [[]] * len(week.judged)
    for one in week.judged:
        for score in one.scores:
            assert score.precision == score.recall == 1.0, (one.ran.day, score.false_breaks, score.missed)
    assert week.scored == [True] * len(week.judged)  # `recon score` sees by itself what has come


def test_a_correction_tells_the_files_with_their_sums_and_the_breaks(week: Week) -> None:
    changed = week.corrections(CORRECTED)
    files = changed.filter(pl.col("what") == "FILE")
    assert set(files["change"]) == {"REPLACED"}
    grown = files["rows_after"].sum() - files["rows_before"].sum()
    assert grown == 2 + 4  # two payments, their fees; the summary has one line as before
    assert {name.split("_")[0] for name in files["name"]} == {"transactionItems", "feeItems", "summary"}
    breaks = changed.filter(pl.col("what") == "BREAK")
    moved = [(row["change"], row["before"] or row["after"]) for row in breaks.iter_rows(named=True)]
    assert sorted(moved) == [
        ("CHANGED", "B01 WAITING"),  # the batch waits with another amount
        ("CLOSED", "P08 OPEN"),
        ("CLOSED", "T01 WAITING"),
        ("OPENED", "P06 OPEN"),
    ]
    after_two_days = week.corrections(DAYS[4])
    assert "P07 OPEN" in set(after_two_days.filter(pl.col("change") == "CLOSED")["before"])
    assert after_two_days.filter(pl.col("what") == "FILE").is_empty()


def test_corrections_are_exported_with_the_days_that_they_changed(week: Week) -> None:
    folder = week.driver.settings.exports.directory
    assert [day for day in DAYS if (folder / str(day) / CORRECTIONS).exists()] == [CORRECTED, *DAYS[3:]]
    with week.driver.warehouse.connect() as connection:
        statuses = connection.execute("SELECT as_of_day, status FROM breaks.days ORDER BY as_of_day").fetchall()
    assert statuses == [(day, PROVED) for day in DAYS]


def test_the_first_version_is_settled_otherwise_until_it_is_corrected(week: Week) -> None:
    """The settlement pays what was really cleared: a break as long as the summary says less, and no longer."""
    batch = f"2188EU0001:EUR:{CORRECTED:%Y%m%d}00000003"

    def codes(ran: Ran) -> list[str]:
        return ran.before.filter(pl.col("break_id").str.ends_with(f"/batch/{batch}"))["break_code"].to_list()

    runs = [one.ran for one in week.judged if one.ran.day == DAYS[4] and not one.ran.reason]
    assert [codes(ran) for ran in runs] == [["B04"], []]


def test_lists_are_the_same_with_and_without_joined_rows(
    week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The days that the re-issued file changed run once more, and read the rows of past days file by file."""
    assert all(week.joined[3:]), "every run has them from the second proved day on"
    again = [one.ran for one in week.judged[-3:]]
    assert [ran.day for ran in again] == [CORRECTED, *DAYS[3:]]
    monkeypatch.setattr(joined_rows, "SPANS", (64,))
    monkeypatch.setattr(checks.shape, "validate", all_met)  # the week has checked them
    driver = driver_of(week.driver.directory, tmp_path / "plain", monkeypatch)
    driver.now = again[-1].at
    for ran in again:
        plain = driver.run(ran.day)
        assert joined_files(driver) == []
        assert (plain.reason, plain.after.equals(ran.after)) == (ran.reason, True), ran.day


def joined_files(driver: DayDriver) -> list[Path]:
    """With rows of several past files."""
    return list((driver.warehouse.directory / "parsed" / JOINED).rglob("*.parquet"))


def test_a_few_days_cannot_hold_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="need 5 days"):
        seed(tmp_path, days=FEWEST_DAYS - 1, payments=10, deliveries=True)
