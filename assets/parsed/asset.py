"""parsed: the newest version of each file that can be read, as typed rows; what it superseded is
recorded.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg
import polars as pl

from assets.parsed.step import keep_kind, read_kind
from assets.states import day_of
from recon.clearing_day import report_date
from recon.reports.kinds import ReportKind
from resources.landing import Landing
from resources.register import withdraw_proof
from resources.settings import Settings
from resources.settings.rules import report_options
from resources.warehouse import Warehouse
from views.metadata import columns, table, with_money

PARSED = [
    dg.AssetSpec(
        ["parsed", kind.value],
        deps=[["landed", kind.value]],
        description=f"The rows of {kind.prefix} files, typed.\n\n"
        "Each carries file, version and line. The newest version that can be read counts.",
        kinds={"polars", "parquet", "duckdb"},
        tags={"report": kind.value},
        metadata=columns(kind.definition.rows),
    )
    for kind in ReportKind
]
SHOWN = (
    "file_name",
    "version",
    "is_current",
    "is_valid",
    "row_count",
    "quarantined_count",
    "unknown_type_count",
    "sign_rule",
    "unknown_columns",
    "finding",
)


@dg.multi_asset(name="parsed", specs=PARSED)
def parsed(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    landing: dg.ResourceParam[Landing],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read every landed version. From here on an earlier proof of the day no longer holds."""
    day = day_of(context)
    landing.require_as_landed(report_date(day), with_receipts=True)
    versions = landing.versions(report_date(day))
    warehouse.collect(lambda connection: withdraw_proof(connection, day))
    for spec, kind in zip(PARSED, ReportKind, strict=True):
        of_kind = [file for file in versions if file.name.kind is kind]
        tables = read_kind(warehouse, day, kind, of_kind, report_options(settings))
        warehouse.collect(partial(keep_kind, day=day, kind=kind, tables=tables))
        yield dg.MaterializeResult(asset_key=spec.key, metadata=_shown(tables["files"]))


def _shown(files: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    totals = (
        files.filter("is_current")
        .group_by("settlement_currency", "participant_agreement_id")
        .agg(rows=pl.col("row_count").sum(), net_minor=pl.col("net_minor").sum())
        .sort(pl.all())
    )
    return {
        "dagster/row_count": dg.MetadataValue.int(int(totals["rows"].sum())),
        "files": table(files.select(SHOWN)),
        "totals": table(with_money(totals, "net_minor", "settlement_currency")),
    }
