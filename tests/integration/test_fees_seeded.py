"""Seeded days with every mistake in fees, judged as deserved; honest days have no fee break at all.

From report files as landed to the breaks of each day. The orders take no part in it: what a payment is missing on our
side changes nothing in its fee.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.breaks.step import close_breaks
from assets.reconciled.step import patterns_of_day, reconcile_day
from assets.tied_out.step import edges_of_day
from recon.breaks.catalogue import CATALOGUE
from recon.clearing_day import report_date
from recon.fees import FeeContract
from recon.fees.patterns import Pattern
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind
from recon.tie_out.proof import PROVED
from resources.landing import Landing
from resources.register import mark_day
from resources.settings import Settings, load_settings
from resources.settings.rules import day_rules
from sandbox.scenarios.fees import MISTAKES, WRONG_WALLET
from sandbox.scoring import read_truth
from sandbox.seeding import SeedReport, seed
from tests.support.control_totals import FEE_AMOUNT, FEE_COUNT, SUMMARY_AMOUNT, SUMMARY_COUNT
from tests.support.day import MemoryWarehouse, memory_warehouse
from tests.support.parsed import parse_kind

Found = set[tuple[str, str]]
CLEARING = (ReportKind.TRANSACTION_DETAIL, ReportKind.FEE, ReportKind.TRANSACTION_SUMMARY)


class SeededDays:
    """Lands, parses and judges one day after the other."""

    def __init__(self, report: SeedReport, warehouse: MemoryWarehouse) -> None:
        self.report, self.warehouse = report, warehouse
        self.settings: Settings = load_settings(report.config, {})
        self.rules = day_rules(self.settings)
        self.landing = Landing(
            report.directory / "landed",
            participant_id=self.settings.participant.id,
            agreement_ids=[line.id for line in self.settings.agreements],
            now=lambda: datetime.now(UTC),
        )
        self.landing.land_from(report.directory / "sftp")

    def judge(self, connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
        """The breaks in fees of a day; its report totals hold, and every fee row has one outcome."""
        for kind in CLEARING:
            files = [file for file in self.landing.versions(report_date(day)) if file.name.kind is kind]
            parse_kind(connection, self.warehouse, day, kind, files, DEFAULT)
        edges = edges_of_day(connection, self.warehouse, day)
        assert edges.filter(
            pl.col("edge").is_in([FEE_COUNT, FEE_AMOUNT, SUMMARY_COUNT, SUMMARY_AMOUNT]) & (pl.col("residual") != 0)
        ).is_empty()
        reconcile_day(connection, self.warehouse, day, self.rules)
        sides = dict(
            connection.execute("SELECT side, CAST(SUM(row_count) AS BIGINT) FROM conservation GROUP BY side").fetchall()
        )
        assert (sides.get("fees", 0), sides.get("charges", 0)) == (sides["input fees"], sides["input charges"])
        items, _ = close_breaks(connection, self.warehouse, day, self.rules)
        mark_day(connection, day, PROVED)
        return items.filter(pl.col("family") == "C")


def keyed(items: pl.DataFrame) -> Found:
    """Key and code."""
    return {(str(key).split("/", 3)[3], code) for key, code in items.select("break_id", "break_code").iter_rows()}


def deserved(report: SeedReport, day: date) -> Found:
    truth = read_truth(report.truth).filter((pl.col("family") == "C") & (pl.col("as_of_day") == day))
    return set(truth.select("key", "break_code").iter_rows())


@contextmanager
def played_by(folder: Path, number: int, days: int = 2, **options: object) -> Iterator[SeededDays]:
    """The second day knows what the first one brought."""
    with memory_warehouse() as warehouse:
        yield SeededDays(seed(folder, days=days, payments=600, seed=number, **options), warehouse)  # type: ignore[arg-type]


@dataclass(frozen=True)
class JudgedDays:
    """What each of the days found, in order, and whose doing it was."""

    report: SeedReport
    items: list[pl.DataFrame]
    patterns: list[list[Pattern]]


@pytest.fixture(scope="module", params=[1, 2, 3])
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> JudgedDays:
    """Each day is judged once; the tests look at different things of it."""
    mode = "standard" if request.param == 3 else "multi-batch"
    days = 3 if request.param == 1 else 2
    with played_by(tmp_path_factory.mktemp("fees"), request.param, days, mode=mode, fees=True) as seeded:
        played = JudgedDays(seeded.report, [], [])
        with seeded.warehouse.connect() as connection:
            for day in seeded.report.days:
                played.items.append(seeded.judge(connection, day))
                played.patterns.append(patterns_of_day(connection, day, seeded.rules.fees))
    return played


def test_every_day_finds_exactly_what_is_deserved(judged: JudgedDays) -> None:
    for day, items in zip(judged.report.days, judged.items, strict=True):
        found, wanted = keyed(items), deserved(judged.report, day)
        assert found == wanted, f"{day}: false {sorted(found - wanted)}, missed {sorted(wanted - found)}"


def test_every_mistake_and_every_code_is_played(judged: JudgedDays) -> None:
    truth = read_truth(judged.report.truth).filter(pl.col("family") == "C")
    assert set(truth["break_code"]) == {code for code in CATALOGUE if code.startswith("C")}
    assert set(truth["scenario"]) == {*(mistake.name for mistake in MISTAKES), "wrong_rate_for_one_wallet"}


def test_the_wrong_rate_of_one_wallet_is_named(judged: JudgedDays) -> None:
    second, items, patterns = judged.report.days[1], judged.items[1], judged.patterns[1]
    truth = read_truth(judged.report.truth).filter(
        (pl.col("scenario") == "wrong_rate_for_one_wallet") & (pl.col("as_of_day") == second)
    )
    text = f"of wallet {WRONG_WALLET}"
    named = [
        pattern for pattern in patterns if text in pattern.text and "95 basis points instead of 80" in pattern.text
    ]
    assert sum(pattern.explained_count for pattern in named) == truth.height > 0
    explained = items.filter(pl.col("explanation").str.contains("95 basis points instead of 80", literal=True))
    assert keyed(explained) == {(key, "C04") for key in truth["key"]}


@pytest.mark.parametrize("signed", [False, True])
def test_honest_fees_are_as_contracted(tmp_path: Path, signed: bool) -> None:
    with played_by(tmp_path, 4, signed=signed) as seeded, seeded.warehouse.connect() as connection:
        for day in seeded.report.days:
            assert seeded.judge(connection, day).is_empty()


def test_without_a_contract_only_belonging_number_and_currency_are_judged(tmp_path: Path) -> None:
    judged = {"fee_twice", "fee_without_transaction", "fee_in_other_currency"}
    with played_by(tmp_path, 5, fees=True) as seeded, seeded.warehouse.connect() as connection:
        seeded.rules = replace(seeded.rules, fees=FeeContract(seeded.rules.fees.kinds))
        truth = read_truth(seeded.report.truth).filter(pl.col("scenario").is_in(list(judged)))
        for day in seeded.report.days:
            wanted = set(truth.filter(pl.col("as_of_day") == day).select("key", "break_code").iter_rows())
            assert keyed(seeded.judge(connection, day)) == wanted
