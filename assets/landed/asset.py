"""landed: the report files as Alipay+ delivered them, every version, over one connection."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import polars as pl

from assets.landed.expected_files import RowCounts, calendar_of_day, is_landed_by_hand
from assets.states import day_of
from recon.clearing_day import Clock, report_date
from recon.errors import ConfigurationError, LandingError
from recon.file_calendar import CALENDAR, KEPT_DAYS
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from resources.landed_files import LandedFile
from resources.landing import Landing, LandingReport
from resources.report_sftp import ReportServer, UnreachableError
from resources.settings import Settings
from resources.storage import storage_errors
from resources.warehouse import Warehouse, replace_day, transaction
from views.metadata import columns, table

OpenServer = Callable[[], AbstractContextManager[ReportServer]]
FROM_COMMAND_LINE = "recon/from_command_line"  # tag of a run that a person waits for
NO_FETCH = "recon/no_fetch"  # tag of a run from what has landed
NOT_FETCHED = "not_fetched"  # why the server was not asked
RETRIES, PAUSE_SECONDS = 3, 120
FILES = {"file": pl.String, "version": pl.Int64, "bytes": pl.Int64, "sha256": pl.String, "mtime": pl.String}
LANDED = [
    dg.AssetSpec(
        ["landed", kind.value],
        description=f"{kind.definition.label} Reports: {kind.definition.about}.\n\n"
        "The bytes as delivered, write-once, every version. The server deletes them after seven days.",
        kinds={"sftp", "csv"},
        tags={"report": kind.value},
        metadata=columns(FILES),
    )
    for kind in ReportKind
]

FILE_CALENDAR = dg.AssetSpec(
    ["landed", "calendar"],
    description="Every report that should be there: received, late, empty, partial or missing.\n\n"
    "It is made in the step that lands, so that it is there also when a report is missing.",
    kinds={"duckdb"},
    metadata=columns(CALENDAR),
)
IN_CALENDAR = ("report_date", "participant_agreement_id", "settlement_currency", "kind", "state", "days_left", "note")


@dg.multi_asset(name="landed", specs=[*LANDED, FILE_CALENDAR])
def landed(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    landing: dg.ResourceParam[Landing],
    open_server: dg.ResourceParam[OpenServer],
    warehouse: dg.ResourceParam[Warehouse],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Fetch what is new in the folders of the report date, and look at the calendar."""
    date_of_report = report_date(day_of(context))
    landing.require_as_landed(date_of_report)
    report, not_fetched = _land(context, settings, landing, open_server, clock())
    versions = landing.versions(date_of_report)
    warehouse.suit_threads(sum(file.size for file in versions))
    for spec, kind in zip(LANDED, ReportKind, strict=True):
        files = [file for file in versions if file.name.kind is kind]
        new = [file for file in report.landed if file.name.kind is kind]
        yield dg.MaterializeResult(asset_key=spec.key, metadata=_shown(files, new, report, not_fetched))
    yield keep_calendar(settings, landing, warehouse, day_of(context), clock())


def _land(
    context: dg.AssetExecutionContext,
    settings: Settings,
    landing: Landing,
    open_server: OpenServer,
    now: datetime,
) -> tuple[LandingReport, str]:
    """What landed, and why the server was not asked or not reached; empty if it was.

    Reports that a person landed are enough without the server. Otherwise an error of transport is worth another try
    later, unless a person is waiting.
    """
    if NO_FETCH in context.run.tags:
        return LandingReport(), "as the run was asked"
    if settings.sftp is None:
        return LandingReport(), "there is no section [sftp]"
    day = day_of(context)
    try:
        with open_server() as server, storage_errors(landing.directory):
            return landing.land(report_date(day), server), ""
    except (LandingError, ConfigurationError) as error:
        if is_landed_by_hand(settings, landing, day, now):
            return LandingReport(), str(error)
        if isinstance(error, UnreachableError) and FROM_COMMAND_LINE not in context.run.tags:
            raise dg.RetryRequested(RETRIES, PAUSE_SECONDS) from error
        raise


def _shown(
    files: Sequence[LandedFile], new: Sequence[LandedFile], report: LandingReport, not_fetched: str
) -> dict[str, dg.MetadataValue]:
    listed = pl.DataFrame(
        [(f.name.file_name, f.version, f.size, f.sha256, f.mtime.astimezone(UTC).isoformat()) for f in files],
        schema=FILES,
        orient="row",
    )
    shown: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(len(files)),
        "files": table(listed),
        "new_files": dg.MetadataValue.int(len(new)),
        "bytes": dg.MetadataValue.int(sum(file.size for file in files)),
    }
    if not_fetched:
        shown[NOT_FETCHED] = dg.MetadataValue.text(not_fetched)
    if report.left_alone:
        rows = [(left.name, left.reason) for left in report.left_alone]
        shown["left_alone"] = table(pl.DataFrame(rows, schema=["name", "reason"], orient="row"))
    return shown


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
            "calendar": table(calendar.select(IN_CALENDAR), most=120),
        },
    )


def _keep(connection: duckdb.DuckDBPyConnection, day: date, rows: pl.DataFrame) -> None:
    with transaction(connection):
        replace_day(connection, "landed.calendar", day, rows)


def _counted(connection: duckdb.DuckDBPyConnection, day: date) -> RowCounts:
    """The rows of the files of the calendar that earlier runs have looked at."""
    since = day - timedelta(days=KEPT_DAYS)
    rows = connection.execute(sql_text("assets.landed", "known_row_counts"), [since]).fetchall()
    return {(file_id, sha256): count for file_id, sha256, count in rows}
