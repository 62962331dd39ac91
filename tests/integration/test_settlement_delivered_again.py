"""The same Settlement Report in the folder of a later day has no effect (F09); other bytes have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assets.tied_out.settlement import settlement_of_day
from recon.clearing_day import report_date
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind, ReportName
from recon.settlement import Settlement
from recon.settlement.terms import SettlementTerms
from resources.bank_amounts import read_bank_amounts
from resources.landed_files import LandedFile
from tests.support.day import MemoryWarehouse, memory_warehouse
from tests.support.parsed import parse_kind

MON = date(2026, 11, 16)
TUE, WED = MON + timedelta(days=1), MON + timedelta(days=2)
CLEARED = "clearingBatchId,totalCount,settlementAmountValue\nC1,2,700\n"
SETTLED = "settlementAmountValue,valueDate\n700,20261119\n\nclearingBatchId,settlementAmountValue\nC1,700\n"


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MemoryWarehouse]:
    with memory_warehouse() as opened:
        yield opened


def deliver(warehouse: MemoryWarehouse, folder: Path, day: date, kind: ReportKind, batch: str, text: str) -> None:
    """A report in the folder of a day, parsed."""
    name = ReportName(kind, "P1", "EUR", batch, "A1", 0)
    path = folder / f"{day}_{name.file_name}"
    path.write_text(text)
    sha256, now = hashlib.sha256(path.read_bytes()).hexdigest(), datetime(2026, 11, 20, tzinfo=UTC)
    file = LandedFile(name, 1, path, sha256, path.stat().st_size, now, report_date(day), now)
    with warehouse.connect() as connection:
        parse_kind(connection, warehouse, day, kind, [file], DEFAULT)


def standing(warehouse: MemoryWarehouse) -> Settlement:
    """Where the money stands on Wednesday."""
    with warehouse.connect() as connection:
        return settlement_of_day(connection, warehouse, WED, MON, [SettlementTerms()], read_bank_amounts(None))


@pytest.mark.parametrize(("again", "outcome", "total"), [("", "SETTLED", 700), ("<END>\n", "B03", 1400)])
def test_the_same_settlement_a_day_later(
    warehouse: MemoryWarehouse, tmp_path: Path, again: str, outcome: str, total: int
) -> None:
    warehouse.empty()
    deliver(warehouse, tmp_path, MON, ReportKind.TRANSACTION_SUMMARY, "C1", CLEARED)
    deliver(warehouse, tmp_path, TUE, ReportKind.SETTLEMENT, "S1", SETTLED)
    deliver(warehouse, tmp_path, WED, ReportKind.SETTLEMENT, "S1", SETTLED + again)
    found = standing(warehouse)
    assert found.batches["outcome"].to_list() == [outcome]
    assert found.settlements["total_minor"].to_list() == [total]
