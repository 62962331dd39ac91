"""What the file calendar says of a report is the same before and after the report is parsed."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assets.landed.asset import keep_calendar
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind, ReportName
from resources.landing import Landing
from resources.settings import load_settings
from resources.warehouse import Warehouse
from tests.support.ogloba_tables import CONFIG
from tests.support.parsed import parse_kind

DAY = date(2026, 11, 20)
REPORT_DATE = DAY + timedelta(days=1)
NOW = datetime(2026, 11, 21, tzinfo=UTC)  # 08:00 in UTC+8
KIND = ReportKind.FEE
HEADER = "transactionId,feeAmountValue\n"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("totalCount,feeAmountValue\n0,0\n<END>\n", "EMPTY"),
        (f"{HEADER}PAY1,8\n", "RECEIVED"),
        ("<html>Log in</html>", "RECEIVED"),  # cannot be read: nothing is known of its rows
        (f"{HEADER}PAY1,8.00\n", "RECEIVED"),  # all lines are put aside
    ],
)
def test_only_a_report_that_was_read_and_has_no_line_is_an_empty_cycle(
    tmp_path: Path, content: str, state: str
) -> None:
    settings = load_settings(CONFIG / "recon.toml", {})
    (agreement, currency), *_ = {(line.id, line.settlement_currency) for line in settings.agreements}
    landing = Landing(
        tmp_path / "landed", participant_id=settings.participant.id, agreement_ids=[agreement], now=lambda: NOW
    )
    folder = tmp_path / f"{REPORT_DATE:%Y%m%d}"
    folder.mkdir()
    for kind in (ReportKind.TRANSACTION_DETAIL, ReportKind.TRANSACTION_SUMMARY, KIND):
        name = ReportName(kind, settings.participant.id, currency, "B1", agreement, 0)
        path = folder / name.file_name
        path.write_text(content)
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    landing.land_from(folder)
    warehouse = Warehouse(tmp_path / "state")
    states = []
    for _ in range(2):
        keep_calendar(settings, landing, warehouse, DAY, NOW)
        with warehouse.connect() as connection:
            kept = "SELECT state FROM landed.calendar WHERE kind = ? AND report_date = ? AND batch_id IS NOT NULL"
            states += connection.execute(kept, [KIND.value, REPORT_DATE]).fetchall()
            files = [file for file in landing.versions(REPORT_DATE) if file.name.kind is KIND]
            parse_kind(connection, warehouse, DAY, KIND, files, DEFAULT)
    assert states == [(state,), (state,)]
