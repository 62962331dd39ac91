"""landed/calendar: every report that should be there, before it is, and how long the server keeps it.

It is made in the step that lands, so that it is there also when the day stops because a report is missing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import dagster as dg
import duckdb
import polars as pl

from assets.landed.expected_files import RowCounts, calendar_of_day
from recon.file_calendar import CALENDAR, KEPT_DAYS
from resources.landing import Landing
from resources.settings import Settings
from resources.warehouse import Warehouse, replace_day, transaction
from views.metadata import columns, table

FILE_CALENDAR = dg.AssetSpec(
    ["landed", "calendar"],
    description="Every report that should be there: received, late, empty, partial or missing.\n\n"
    "It is made in the step that lands, so that it is there also when a report is missing.",
    kinds={"duckdb"},
    metadata=columns(CALENDAR),
)
SHOWN = ("report_date", "participant_agreement_id", "settlement_currency", "kind", "state", "days_left", "note")


def keep_calendar(
    settings: Settings, landing: Landing, warehouse: Warehouse, day: date, now: datetime
) -> dg.MaterializeResult[None]:
    """Writes the calendar as the run of a day sees it."""
    with warehouse.collecting() as connection:
        calendar = calendar_of_day(settings, landing, day, now, _counted(connection, day))
    rows = calendar.select(pl.lit(day).alias("as_of_day"), pl.all())
    warehouse.collect(lambda connection: _keep(connection, day, rows))
    states = calendar.group_by("kind", "state").agg(reports=pl.len().cast(pl.Int64)).sort("kind", "state")
    return dg.MaterializeResult(
        asset_key=FILE_CALENDAR.key,
        metadata={
            "dagster/row_count": calendar.height,
            "states": table(states),
            "calendar": table(calendar.select(SHOWN), most=120),
        },
    )


def _keep(connection: duckdb.DuckDBPyConnection, day: date, rows: pl.DataFrame) -> None:
    with transaction(connection):
        replace_day(connection, "landed.calendar", day, rows)


def _counted(connection: duckdb.DuckDBPyConnection, day: date) -> RowCounts:
    """The rows of the files of the calendar that earlier runs have read."""
    rows = connection.execute(
        "SELECT file_id, sha256, row_count FROM parsed.files WHERE clearing_day > ?", [day - timedelta(days=KEPT_DAYS)]
    ).fetchall()
    return {(file_id, sha256): count for file_id, sha256, count in rows}
