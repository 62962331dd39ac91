"""tied_out: the control totals of the four reports against each other, one row per edge."""

import dagster as dg
import polars as pl

from assets.partitions import OWNERS, POOL, day_of
from assets.shown import columns, table
from recon.report_names import ReportKind
from recon.tie_out import EDGE_SCHEMA
from resources.control_totals import edges_of_day
from resources.warehouse import Warehouse, replace_day, transaction


@dg.asset(
    key=["tied_out", "edges"],
    deps=[["parsed", kind.value] for kind in ReportKind],
    group_name="tied_out",
    kinds={"duckdb"},
    owners=OWNERS,
    metadata=columns(EDGE_SCHEMA),
    pool=POOL,
)
def tied_out(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[None]:
    """Compare the totals of what is parsed."""
    day = day_of(context)
    with warehouse.connect() as connection:
        edges = edges_of_day(connection, warehouse, day)
        with transaction(connection):
            replace_day(connection, "tied_out.edges", day, edges)
    verdicts = edges.group_by("edge", "verdict").agg(edges=pl.len().cast(pl.Int64)).sort("edge", "verdict")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": edges.height,
            "verdicts": table(verdicts),
            "edges": table(edges.drop("as_of_day", "file_id"), most=60),
        }
    )
