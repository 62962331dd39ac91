"""The file calendar of a day, from the configuration and the receipts of what was landed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import polars as pl

from recon.clearing_day import days_from, report_date
from recon.errors import MalformedReportError
from recon.file_calendar import KEPT_DAYS, WANTING, Expectation, FileReceipt, FileState, file_calendar
from recon.reports.layouts import ReportOptions
from recon.reports.reader import read_report
from resources.landed_files import LandedFile
from resources.landing import Landing
from resources.settings import Settings
from resources.settings.rules import expected_sets, report_options, terms_of_settlement

AHEAD_DAYS = 7  # so far ahead a row is shown before its file
SMALL_BYTES = 2048  # a report without rows is not larger
# file_id and sha256 of a landed file that was read before -> its rows; None if it cannot be read
RowCounts = Mapping[tuple[str, str], int | None]


def calendar_of_day(
    settings: Settings, landing: Landing, day: date, now: datetime, counted: RowCounts | None = None
) -> pl.DataFrame:
    """The reports of the days that the server still keeps, and of those that come next."""
    last = report_date(day) + timedelta(AHEAD_DAYS)
    first = report_date(day) - timedelta(days=KEPT_DAYS - 1)
    return _calendar(settings, landing, first, last, now, counted or {})


def due_files(settings: Settings, landing: Landing, first: date, last: date, now: datetime) -> pl.DataFrame:
    """The calendar of some report dates by the names of what landed: only what alerts call late by now."""
    patience = settings.calendar.arrival_grace + timedelta(minutes=settings.alerts.late_minutes)
    receipts = [_receipt(file, None) for day in days_from(first, last) for file in landing.versions(day)]
    calendar = file_calendar(_expectation(settings, last, patience), receipts, first, last, now)
    due = (now - patience).astimezone(UTC).replace(tzinfo=None)
    return calendar.filter(pl.col("expected_by").is_null() | (pl.col("expected_by") < due))


def is_landed_by_hand(settings: Settings, landing: Landing, day: date, now: datetime) -> bool:
    """Whether a person landed reports of a day, and all that are expected of it are there."""
    last = report_date(day)
    if not any(file.is_by_hand for file in landing.versions(last)):
        return False
    awaited = (FileState.EXPECTED, *WANTING)
    return _calendar(settings, landing, last, last, now, {}).filter(pl.col("state").is_in(awaited)).is_empty()


def _calendar(
    settings: Settings, landing: Landing, first: date, last: date, now: datetime, counted: RowCounts
) -> pl.DataFrame:
    options = report_options(settings)
    receipts = [
        _receipt(file, counted[seen] if (seen := (file.file_id, file.sha256)) in counted else _row_count(file, options))
        for day in days_from(first, last)
        for file in landing.everything(day)
    ]
    expectation = _expectation(settings, last, settings.calendar.arrival_grace)
    return file_calendar(expectation, receipts, first, last, now)


def _expectation(settings: Settings, last: date, grace: timedelta) -> Expectation:
    """What the configuration lets expect up to a report date."""
    own = settings.participant
    return Expectation(own.id, expected_sets(settings), own.start_day, grace, terms_of_settlement(settings, last))


def _receipt(file: LandedFile, row_count: int | None) -> FileReceipt:
    name = file.name
    return FileReceipt(
        name.kind, name.participant_agreement_id, name.settlement_currency, name.batch_id, name.seq, file.version,
        file.report_date, file.mtime, file.seen_at, row_count, file.set_aside,
    )  # fmt: skip


def _row_count(file: LandedFile, options: ReportOptions) -> int | None:
    """Looked at in small files only, since only they can be without rows."""
    if file.size > SMALL_BYTES:
        return None
    try:
        day = file.report_date - timedelta(days=1)
        report = read_report(file.path, file.name, file.version, day, options)
    except MalformedReportError:
        return None
    return report.rows.height + report.quarantine.height
