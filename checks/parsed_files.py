"""What was parsed is what was delivered: readable, complete by its own totals, understood, inside
its cycle.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import dagster as dg
import duckdb
import polars as pl

from assets.parsed.asset import PARSED
from assets.partitions import day_of
from assets.tied_out.residuals import residuals_of_day
from assets.tied_out.step import edges_of_day
from checks.verdict import verdict
from recon.clearing_day import day_end, day_start
from recon.reports.names import ReportKind
from recon.tie_out import WITHIN_FILES, Verdict, figure
from resources.parsed_rows import current_rows
from resources.settings import Settings
from resources.warehouse import Warehouse

READABLE, TOTALS, QUARANTINE = (
    "newest_version_is_readable",
    "totals_equal_rows",
    "quarantine_is_tolerated",
)
NAMES, IN_CYCLE, KNOWN = "content_agrees_with_name", "rows_are_in_the_cycle", "types_are_known"
EDGES = {
    ReportKind.TRANSACTION_DETAIL: ("K1", "K2"),
    ReportKind.FEE: ("K3",),
}
DETAIL = PARSED[0].key


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        yield dg.AssetCheckSpec(
            READABLE,
            asset=asset.key,
            blocking=True,
            description="The newest version of each file can be read (F05).",
        )
        yield dg.AssetCheckSpec(
            QUARANTINE,
            asset=asset.key,
            blocking=True,
            description="No more lines put aside than are tolerated.",
        )
        yield dg.AssetCheckSpec(NAMES, asset=asset.key, description="Contents say the same as the file name (K6).")
        if kind in EDGES:
            yield dg.AssetCheckSpec(
                TOTALS,
                asset=asset.key,
                blocking=True,
                description="Count and signed sum equal the summary section (K1 to K3, F03).",
            )
    yield dg.AssetCheckSpec(
        IN_CYCLE,
        asset=DETAIL,
        blocking=True,
        description="Every row happened on the clearing day in UTC+8 (F08).",
    )
    yield dg.AssetCheckSpec(KNOWN, asset=DETAIL, description="No transaction type that the layout does not know (F04).")


@dg.multi_asset_check(name="parsed_files", specs=list(_specs()))
def parsed_files(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.AssetCheckResult]:
    """Look at what is recorded of the files and at the totals."""
    day = day_of(context)
    tolerated = settings.tolerance.quarantined_rows
    with warehouse.connect() as connection:
        files = connection.execute("SELECT * FROM parsed.files WHERE clearing_day = ? ORDER BY file_id", [day]).pl()
        edges = edges_of_day(connection, warehouse, day)
        outside, unknown = (
            _outside(connection, warehouse, day),
            _unknown(connection, warehouse, day),
        )
        put_aside = _put_aside(connection, day)
        behind = residuals_of_day(connection, warehouse, day, edges)
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        of_kind = files.filter(pl.col("kind") == kind.value)
        key = asset.key.path
        yield verdict(key, READABLE, unreadable(of_kind))
        lines = put_aside.get(kind.value, [])
        yield verdict(key, QUARANTINE, lines if len(lines) > tolerated else [], lines=len(lines))
        yield verdict(key, NAMES, _suspect(of_kind), is_warning=True)
        if kind in EDGES:
            own = pl.col("edge").is_in(EDGES[kind])
            yield verdict(key, TOTALS, unequal(edges.filter(own)), behind=behind.filter(own))
    yield verdict(DETAIL.path, IN_CYCLE, outside)
    yield verdict(DETAIL.path, KNOWN, unknown, is_warning=True)


def unreadable(files: pl.DataFrame) -> list[str]:
    """Files whose newest version could not be read."""
    newest = files.filter(pl.col("version") == pl.col("version").max().over("file_name"))
    return [str(finding) for finding in newest.filter(~pl.col("is_valid"))["finding"]]


def unequal(edges: pl.DataFrame) -> list[str]:
    """Edges whose two totals differ."""
    assert set(edges["edge"]) <= {*WITHIN_FILES, "K4", "K5", "K7", "K8"}
    return [
        f"{row['file_id'] or row['batch_id']}: {row['left_name']} {figure(row, row['left_value'])}, "
        f"{row['right_name']} {figure(row, row['right_value'])} ({row['edge']})"
        for row in edges.filter(pl.col("verdict") == Verdict.DIFFERENT).iter_rows(named=True)
    ]


def _suspect(files: pl.DataFrame) -> list[str]:
    """What the reader noticed beyond the totals, which have a proof of their own."""
    noticed = files.filter(pl.col("is_current") & pl.col("finding").str.contains("differs from the file name"))
    return [f"{row['file_name']}: {row['finding']}" for row in noticed.iter_rows(named=True)]


def _put_aside(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, Sequence[str]]:
    rows = connection.execute(
        "SELECT kind, file_id || ', line ' || CAST(line_number AS VARCHAR) || ': ' "
        "|| COALESCE(field || ' ', '') || reason "
        "FROM parsed.quarantine WHERE clearing_day = ? ORDER BY file_id, line_number",
        [day],
    ).fetchall()
    return {kind: [text for other, text in rows if other == kind] for kind in {row[0] for row in rows}}


def _outside(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> list[str]:
    relation = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
    rows = connection.execute(
        f"SELECT file_id, COUNT(*), MIN(line_number) FROM {relation} "
        "WHERE transaction_at < ? OR transaction_at >= ? GROUP BY file_id ORDER BY file_id",
        [_naive(day_start(day)), _naive(day_end(day))],
    ).fetchall()
    return [f"{file}: {count} rows are outside the cycle, first line {line} (F08)" for file, count, line in rows]


def _unknown(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> list[str]:
    relation = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
    rows = connection.execute(
        f"SELECT transaction_type, COUNT(*) FROM {relation} WHERE row_role = 'OTHER' "
        "GROUP BY transaction_type ORDER BY transaction_type"
    ).fetchall()
    return [f"{count} rows of type {kind} are counted, but not understood (F04)" for kind, count in rows]


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
