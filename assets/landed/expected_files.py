"""The file calendar of a day, from the configuration and the receipts of what was landed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import polars as pl

from recon.clearing_day import report_date
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
RowCounts = Mapping[tuple[str, str], int]  # file_id and sha256 of a landed file that was read before -> its rows


def calendar_of_day(
    settings: Settings, landing: Landing, day: date, now: datetime, counted: RowCounts | None = None
) -> pl.DataFrame:
    """The reports of the days that the server still keeps, and of those that come next."""
    last = report_date(day)
    first = last - timedelta(days=KEPT_DAYS - 1)
    return calendar_between(settings, landing, first, last + timedelta(AHEAD_DAYS), now, counted)


def calendar_between(
    settings: Settings, landing: Landing, first: date, last: date, now: datetime, counted: RowCounts | None = None
) -> pl.DataFrame:
    """The calendar of some report dates as of `now`."""
    counted = counted or {}
    options = report_options(settings)
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    receipts = [_receipt(file, options, counted) for each in dates for file in landing.everything(each)]
    return file_calendar(expectation_of(settings, last), receipts, first, last, now)


def is_landed_by_hand(settings: Settings, landing: Landing, day: date, now: datetime) -> bool:
    """Whether a person landed reports of a day, and all that are expected of it are there."""
    last = report_date(day)
    if not any(file.is_by_hand for file in landing.versions(last)):
        return False
    awaited = (FileState.EXPECTED, *WANTING)
    return calendar_between(settings, landing, last, last, now).filter(pl.col("state").is_in(awaited)).is_empty()


def expectation_of(settings: Settings, last: date) -> Expectation:
    """What the configuration lets expect up to a report date."""
    return Expectation(
        settings.participant.id,
        expected_sets(settings),
        settings.participant.start_day,
        settings.calendar.arrival_grace,
        terms_of_settlement(settings, last),
    )


def _receipt(file: LandedFile, options: ReportOptions, counted: RowCounts) -> FileReceipt:
    name = file.name
    return FileReceipt(
        name.kind,
        name.participant_agreement_id,
        name.settlement_currency,
        name.batch_id,
        name.seq,
        file.version,
        file.report_date,
        file.mtime,
        file.seen_at,
        counted[seen] if (seen := (file.file_id, file.sha256)) in counted else _row_count(file, options),
        file.set_aside,
    )


def _row_count(file: LandedFile, options: ReportOptions) -> int | None:
    """Looked at in small files only, since only they can be without rows."""
    if file.size > SMALL_BYTES:
        return None
    try:
        day = file.report_date - timedelta(days=1)
        return read_report(file.path, file.name, file.version, day, options).rows.height
    except MalformedReportError:
        return None
