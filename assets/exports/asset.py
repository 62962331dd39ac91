"""exports: what leaves. Behind every blocking proof; here the day is marked as proved."""

import dagster as dg
import polars as pl

from assets.exports.step import DayToExport
from assets.states import day_of
from recon.breaks.items import ITEM_SCHEMA
from recon.clearing_day import Clock
from recon.errors import UnprovedDayError
from recon.listing import some_of
from recon.tie_out.proof import PROVED
from resources.register import mark_day, stale_days
from resources.revisions import record_revision
from resources.settings import Settings
from resources.warehouse import Warehouse
from views import bi
from views.metadata import columns, table

# The steps that prove a day. Started on its own, this asset would export what no one has proved.
PROOFS = frozenset(
    {
        "arrival",
        "parsed_files",
        "shape",
        "source_contract",
        "conservation",
        "tied_out_edges",
        "register",
    }
)


@dg.asset(
    key=["exports", "day"],
    deps=[
        ["breaks", "items"],
        ["breaks", "movements"],
        ["tied_out", "edges"],
        ["orders", "payments"],
        ["orders", "refunds"],
    ],
    kinds={"csv", "parquet", "excel"},
    metadata=columns(ITEM_SCHEMA),
)
def exports(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """What leaves: report, workbook, CSV and Parquet of a proved day.

    Behind every proof; with it the copy of the warehouse that people read is replaced.
    """
    _require_proofs(context)
    day, wanted = day_of(context), settings.exports
    warehouse.finish_day_before()
    with warehouse.connect() as connection:
        revision = record_revision(connection, warehouse, day, clock())
        stale = stale_days(connection, day)
    read = DayToExport.read(
        warehouse,
        day,
        wanted.formats,
        arrival_grace=settings.calendar.arrival_grace,
        fold_from=settings.reporting.fold_from,
    )
    with warehouse.writing_exports(lambda connection: mark_day(connection, day, PROVED)):
        receipt = read.write(wanted.directory, wanted.workbook_rows)
    bi.publish(warehouse)
    files = pl.DataFrame(list(receipt.sha256.items()), schema=["file", "sha256"], orient="row")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": receipt.break_count,
            "directory": dg.MetadataValue.path(receipt.directory),
            "files": table(files),
            "is_changed": receipt.is_changed,
            "edited_by_hand": ", ".join(path.name for path in receipt.edited),
            "identities": table(receipt.edges.drop("as_of_day", "file_id"), most=200),
            "revision": revision.number,
            "corrections": table(read.facts.corrections.drop("as_of_day")),
            "days_to_run_again": some_of(stale),
        }
    )


def _require_proofs(context: dg.AssetExecutionContext) -> None:
    """Every proof has passed in this run, or in the one that it continues."""
    run = context.run
    runs = {run.run_id, run.parent_run_id, run.root_run_id} - {None}
    passed = {
        log.dagster_event.step_key
        for run_id in runs
        for log in context.instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
        if log.dagster_event is not None
    }
    if missing := sorted(PROOFS - passed):
        raise UnprovedDayError(
            f"nothing is exported, because these proofs did not run: {', '.join(missing)}",
            where=str(day_of(context)),
            do="Launch the whole job clearing_day",
        )
