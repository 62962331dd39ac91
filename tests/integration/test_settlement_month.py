"""Weeks of settlements, judged as deserved: a long holiday, two currencies, AlipayCN, carry-over, every mistake.

From report files as landed to the breaks of each day; the orders take no part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from assets.tied_out.settlement import keep_settlement, settlement_of_day, settlements_until
from assets.tied_out.step import edges_of_day
from recon.clearing_day import report_date
from recon.reports.control_totals import Proof
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind
from recon.settlement.bank_lines import bank_findings
from recon.tie_out import Verdict, names_of
from resources.bank_amounts import read_bank_amounts
from resources.landing import Landing
from resources.settings import Settings, load_settings
from resources.settings.rules import terms_of_settlement
from sandbox.scenarios.settlements import SPOILS
from sandbox.scoring import read_truth
from sandbox.seeding import SeedReport, seed
from tests.support.day import MemoryWarehouse, memory_warehouse
from tests.support.parsed import parse_kind

SPANS = {  # seed -> days, and the last of them
    1: (31, date(2026, 10, 20)),  # Golden Week
    2: (21, date(2026, 12, 5)),  # Thanksgiving
}
CODES = {"B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08"}


class SeededDays:
    """Lands, parses and judges one day after the other."""

    def __init__(self, report: SeedReport, warehouse: MemoryWarehouse) -> None:
        self.report, self.warehouse = report, warehouse
        self.settings: Settings = load_settings(report.config, {})
        self.landing = Landing(
            report.directory / "landed",
            participant_id=self.settings.participant.id,
            agreement_ids=[line.id for line in self.settings.agreements],
            now=lambda: datetime.now(UTC),
        )
        self.landing.land_from(report.directory / "sftp")

    def judge(self, connection: duckdb.DuckDBPyConnection, day: date) -> set[tuple[str, str, str]]:
        """The breaks of a day: kind of key, key, code."""
        self.parse(connection, day)
        settings = self.settings
        assert settings.settlement is not None
        settlement = settlement_of_day(
            connection, self.warehouse, day, settings.participant.start_day,
            terms_of_settlement(settings, day), read_bank_amounts(settings.settlement.bank_file),
        )  # fmt: skip
        keep_settlement(connection, day, settlement)
        edges = edges_of_day(connection, self.warehouse, day, settlement)
        proved = edges.filter(pl.col("edge").is_in(names_of(Proof.SETTLEMENT, Proof.BANK, Proof.CLEARED)))
        assert Verdict.DIFFERENT not in set(proved["verdict"])
        rows = connection.execute(
            "SELECT key_kind, provider_transaction_id, code FROM tied_out.found "
            "WHERE as_of_day = ? AND (code <> 'B06' OR noted_day = ?)",
            [day, day],
        ).fetchall()
        assert len(rows) == len(set(rows))
        return set(rows)

    def parse(self, connection: duckdb.DuckDBPyConnection, day: date) -> None:
        """What settlement reads of a day, as landed."""
        for kind in (ReportKind.TRANSACTION_SUMMARY, ReportKind.SETTLEMENT):
            files = [file for file in self.landing.versions(report_date(day)) if file.name.kind is kind]
            parse_kind(connection, self.warehouse, day, kind, files, DEFAULT)


@pytest.fixture(scope="module", params=SPANS, ids=["golden week", "thanksgiving"])
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededDays]:
    folder = tmp_path_factory.mktemp("month")
    days, last = SPANS[request.param]
    report = seed(folder, days=days, payments=30, seed=request.param, last_day=last, settlement=True)
    with memory_warehouse() as warehouse:
        yield SeededDays(report, warehouse)


def deserved(report: SeedReport, day: date) -> set[tuple[str, str, str]]:
    truth = read_truth(report.truth).filter((pl.col("family") == "B") & (pl.col("as_of_day") == day))
    return set(truth.select("key_kind", "key", "break_code").rows())


def test_every_day_finds_exactly_what_is_deserved(seeded: SeededDays) -> None:
    with seeded.warehouse.connect() as connection:
        for day in seeded.report.days:
            found, wanted = seeded.judge(connection, day), deserved(seeded.report, day)
            assert found == wanted, f"{day}: false {sorted(found - wanted)}, missed {sorted(wanted - found)}"


def test_money_of_a_settlement_without_a_report_is_reported(seeded: SeededDays) -> None:
    """The bank has it, and nobody can compare it: the report never reached the server."""
    last, folder = seeded.report.days[-1], seeded.report.directory
    withheld = {path.name.split("_")[3] for path in folder.glob("withheld/**/settlement_*.csv")}
    on_server = {path.name.split("_")[3] for path in folder.glob("sftp/**/settlement_*.csv")}
    assert seeded.settings.settlement is not None
    bank = read_bank_amounts(seeded.settings.settlement.bank_file)
    with seeded.warehouse.connect() as connection:
        found = list(bank_findings(bank, settlements_until(connection, last), report_date(last)))
    assert [next(batch for batch in withheld if f"settlement {batch}," in text) for text in found] == sorted(
        withheld - on_server
    )


def test_a_day_run_again_says_the_same(seeded: SeededDays) -> None:
    with seeded.warehouse.connect() as connection:
        for day in (seeded.report.days[9], seeded.report.days[20]):
            assert seeded.judge(connection, day) == deserved(seeded.report, day)


def test_days_that_an_older_version_parsed_are_read_from_their_files(seeded: SeededDays) -> None:
    day = seeded.report.days[-1]
    with seeded.warehouse.connect() as connection:
        connection.execute("DELETE FROM parsed.batch_lines WHERE clearing_day < ?", [day - timedelta(days=3)])
        assert seeded.judge(connection, day) == deserved(seeded.report, day)


def test_every_mistake_and_every_code_is_played(seeded: SeededDays) -> None:
    truth = read_truth(seeded.report.truth).filter(pl.col("family") == "B")
    assert set(truth["break_code"]) == CODES
    played = set(truth["scenario"]) | {"batch_forgotten", "report_not_delivered"}
    assert {spoil.__name__ for spoil in SPOILS} <= played


def test_what_never_reached_the_server_is_landed_by_hand_and_closes_its_breaks(seeded: SeededDays) -> None:
    last = seeded.report.days[-1]
    with seeded.warehouse.connect() as connection:
        before = seeded.judge(connection, last)
        landed = seeded.landing.land_from(seeded.report.directory / "withheld").landed
        for file in landed:
            seeded.parse(connection, file.report_date - timedelta(days=1))
        after = seeded.judge(connection, last)
    assert {file.version for file in landed} == {1, 2}  # one that never came, one that came again
    assert after - before == set()
    assert {code for _, _, code in before - after} == {"B02", "B04"}
