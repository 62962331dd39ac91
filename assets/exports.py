"""exports: what leaves. Behind every blocking proof; here the day is marked as proved."""

import dagster as dg
import polars as pl

from assets.partitions import OWNERS, POOL, day_of
from assets.shown import table
from resources.exports import export_day
from resources.reconciliation import PROVED, mark_day, stale_days
from resources.settings import Settings
from resources.warehouse import Warehouse


@dg.asset(
    key=["exports", "day"],
    deps=[
        ["breaks", "items"],
        ["breaks", "movements"],
        ["tied_out", "edges"],
        ["orders", "payments"],
        ["orders", "refunds"],
    ],
    group_name="exports",
    kinds={"csv", "parquet", "excel"},
    owners=OWNERS,
    pool=POOL,
)
def exports(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult[None]:
    """The files of the day, and the copy of the warehouse that people read."""
    day, wanted = day_of(context), settings.exports
    receipt = export_day(
        warehouse,
        day,
        wanted.directory,
        wanted.formats,
        wanted.workbook_rows,
        arrival_grace=settings.calendar.arrival_grace,
    )
    with warehouse.connect() as connection:
        mark_day(connection, day, PROVED)
        stale = stale_days(connection, day)
    warehouse.publish()
    files = pl.DataFrame(list(receipt.sha256.items()), schema=["file", "sha256"], orient="row")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": receipt.break_count,
            "directory": dg.MetadataValue.path(receipt.directory),
            "files": table(files),
            "is_changed": receipt.is_changed,
            "days_to_run_again": ", ".join(map(str, stale)),
        }
    )
