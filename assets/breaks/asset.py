"""breaks: the list of open items as of the day, and how it came from the list of the day before."""

from collections.abc import Iterator
from datetime import date, datetime

import dagster as dg
import polars as pl

from assets.breaks.step import close_breaks
from assets.states import day_of
from recon.breaks.at_risk import money_at_risk, risk_sums
from recon.breaks.incidents import listed
from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import MOVEMENT_SCHEMA
from recon.clearing_day import as_of
from resources.journals.decisions import DecisionJournal
from resources.register import decision_heads
from resources.settings import Settings
from resources.settings.rules import day_rules
from resources.warehouse import Warehouse
from views.charts import CLOSED, closed_breaks, listed_breaks
from views.metadata import columns, table, with_money
from views.urgency import by_urgency
from views.wording import ACTORS

BREAKS = [
    dg.AssetSpec(
        ["breaks", name],
        deps=[
            ["reconciled", "payments"],
            ["reconciled", "refunds"],
            ["reconciled", "fees"],
            ["tied_out", "batches"],
            ["tied_out", "settlements"],
        ],
        description=description,
        kinds={"duckdb", "polars"},
        metadata=columns(schema),
    )
    for name, description, schema in (
        (
            "items",
            "Every break of the day: what is wrong, how much is at risk, who acts, by when.\n\n"
            "With the evidence: file, version and line.",
            ITEM_SCHEMA,
        ),
        (
            "movements",
            "What is new, carried, changed or resolved since the day before.",
            MOVEMENT_SCHEMA,
        ),
    )
]
TOP = (
    "severity",
    "break_code",
    "break_name",
    "amount_at_risk_minor",
    "who_acts",
    "merchant",
    "age_days",
    "state",
    "break_id",
)


@dg.multi_asset(name="breaks", specs=BREAKS)
def breaks(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    decision_journal: dg.ResourceParam[DecisionJournal],
) -> Iterator[dg.MaterializeResult[None]]:
    """Close the list of the day."""
    day = day_of(context)
    with warehouse.connect() as connection:
        decisions = decision_journal.decisions(decision_heads(connection))
        items, movements = close_breaks(connection, warehouse, day, day_rules(settings), decisions)
        closed = connection.execute(CLOSED, [day, day]).pl()
    moment = as_of(day, settings.calendar.arrival_grace)
    yield dg.MaterializeResult(asset_key=BREAKS[0].key, metadata=_shown_items(items, day, moment))
    shown = _shown_movements(movements) | {"closed_by": closed_breaks(closed, day)}
    yield dg.MaterializeResult(asset_key=BREAKS[1].key, metadata=shown)


def _shown_items(every: pl.DataFrame, day: date, moment: datetime) -> dict[str, dg.MetadataValue]:
    items = by_urgency(listed(every), moment)
    named = items.with_columns(
        pl.col("who_acts").replace(ACTORS), merchant=pl.coalesce("merchant_name", "merchant_id")
    ).select(*TOP, "currency")
    top = with_money(named, "amount_at_risk_minor", "currency").drop("currency")
    by_code = (
        items.group_by("severity", "break_code", "break_name", "currency")
        .agg(pl.len().cast(pl.Int64).alias("items"), *risk_sums())
        .drop("at_risk_count")
        .sort("severity", "break_code", "currency", nulls_last=True)
    )
    return {
        "dagster/row_count": dg.MetadataValue.int(every.height),
        "at_risk": table(_with_risk(money_at_risk(items).rename({"at_risk_count": "breaks"}))),
        "top_breaks": table(top),
        "chart": listed_breaks(items, day),
        "by_code": table(_with_risk(by_code), most=60),
    }


def _with_risk(sums: pl.DataFrame) -> pl.DataFrame:
    """Both amounts as a person reads them; `sums`: currency and the columns of `risk_sums`."""
    return with_money(with_money(sums, "amount_at_risk_minor", "currency"), "in_doubt_minor", "currency")


def _shown_movements(movements: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    counted = movements.group_by("movement").agg(items=pl.len().cast(pl.Int64)).sort("movement")
    return {
        "dagster/row_count": dg.MetadataValue.int(movements.height),
        "movements": table(counted),
    }
