"""tied_out: the control totals of the four reports against each other, and where the money of each batch is."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.states import day_of
from assets.tied_out.step import tie_out_day
from recon.clearing_day import report_date
from recon.reports.names import ReportKind
from recon.settlement import Settlement
from recon.settlement.rows import BATCHES, SETTLEMENTS
from recon.tie_out import EDGE_SCHEMA, in_order
from resources.settings import Settings
from resources.warehouse import Warehouse
from views.metadata import columns, table, with_money

TIED_OUT = [
    dg.AssetSpec(
        ["tied_out", name],
        deps=[["parsed", kind.value] for kind in kinds],
        description=description,
        kinds={"duckdb"},
        metadata=columns(schema),
    )
    for name, kinds, description, schema in (
        (
            "edges",
            tuple(ReportKind),
            "The control totals of the four reports against each other, up to the bank.",
            EDGE_SCHEMA,
        ),
        (
            "batches",
            (ReportKind.TRANSACTION_SUMMARY, ReportKind.SETTLEMENT),
            "Every clearing batch: when it is due, what settled it, and what is wrong with it.",
            BATCHES,
        ),
        (
            "settlements",
            (ReportKind.SETTLEMENT,),
            "Every settlement: its total, what it lists, its value date, and what the bank received.",
            SETTLEMENTS,
        ),
    )
]
WAITING = ("clearing_day", "due_day", "participant_agreement_id", "settlement_currency", "clearing_batch_id")


@dg.multi_asset(name="tied_out", specs=TIED_OUT)
def tied_out(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.MaterializeResult[None]]:
    """Compare the totals of what is parsed, and judge what is settled."""
    day = day_of(context)
    with warehouse.connect() as connection:
        edges, settlement = tie_out_day(connection, warehouse, settings, day)
    shown = (_shown_edges(edges), *_shown_settlement(settlement, report_date(day).isoformat()))
    for spec, metadata in zip(TIED_OUT, shown, strict=True):
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)


def _shown_edges(edges: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    verdicts = edges.group_by("edge", "verdict").agg(edges=pl.len().cast(pl.Int64)).sort("verdict")
    return {
        "dagster/row_count": dg.MetadataValue.int(edges.height),
        "verdicts": table(in_order(verdicts)),
        "edges": table(edges.drop("as_of_day", "file_id"), most=60),
    }


def _shown_settlement(settlement: Settlement | None, settlement_day: str) -> Iterator[dict[str, dg.MetadataValue]]:
    if settlement is None:
        for _ in (BATCHES, SETTLEMENTS):
            yield {"settlement": dg.MetadataValue.text("not judged: recon.toml has no section [settlement]")}
        return
    batches, settlements = settlement.batches, settlement.settlements
    counted = batches.group_by("outcome").agg(batches=pl.len().cast(pl.Int64)).sort("outcome")
    open_batches = batches.filter(pl.col("settled_minor").is_null() & (pl.col("outcome") != "NOTHING_TO_PAY"))
    amounts = open_batches.select(*WAITING, "cleared_minor", "outcome", "flags").sort("due_day", "clearing_batch_id")
    yield {
        "dagster/row_count": dg.MetadataValue.int(batches.height),
        "settlement_day": dg.MetadataValue.text(settlement_day),
        "outcomes": table(counted),
        "not_settled_yet": table(with_money(amounts, "cleared_minor", "settlement_currency"), most=60),
    }
    last = settlements.sort("settlement_day", "settlement_batch_id", descending=True).drop("lines")
    yield {
        "dagster/row_count": dg.MetadataValue.int(settlements.height),
        "settlements": table(with_money(last, "total_minor", "settlement_currency")),
    }
