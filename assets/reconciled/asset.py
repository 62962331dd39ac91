"""reconciled: orders and report rows brought together by request id, fee rows by transaction, each input with exactly
one outcome.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.parsed.step import join_past_rows
from assets.reconciled.step import patterns_of_day, reconcile_day
from assets.states import day_of
from recon.fees.patterns import Pattern
from recon.sql_text import sql_text
from resources.engine import OpenEngine
from resources.journals.inquiries import InquiryJournal
from resources.settings import Settings
from resources.settings.rules import day_rules
from resources.tables import TABLES
from resources.warehouse import Warehouse
from views.metadata import columns, table

RECONCILED = [
    dg.AssetSpec(
        ["reconciled", name],
        deps=[["parsed", "transaction_detail"], ["orders", "payments"], ["orders", "refunds"]],
        description=f"Our {name} against the report rows: each that needed attention.\n\nThe others agree.",
        kinds={"duckdb"},
        metadata=columns(TABLES[f"reconciled.{name}"]),
    )
    for name in ("payments", "refunds")
] + [
    dg.AssetSpec(
        ["reconciled", "fees"],
        deps=[["parsed", "transaction_detail"], ["parsed", "fee"]],
        description="Fees against the contract: each that needed attention.\n\nThe others are as contracted.",
        kinds={"duckdb"},
        metadata=columns(TABLES["reconciled.fees"]),
    )
]
OUTCOMES = sql_text("assets.reconciled", "outcome_counts")


@dg.multi_asset(name="reconciled", specs=RECONCILED)
def reconciled(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    inquiry_journal: dg.ResourceParam[InquiryJournal],
    open_engine: dg.ResourceParam[OpenEngine],
) -> Iterator[dg.MaterializeResult[None]]:
    """Run the statements of the day, with all that Alipay+ had said by then when it was asked."""
    day = day_of(context)
    answers = inquiry_journal.evidence(day)
    with warehouse.connect() as connection:
        join_past_rows(connection, warehouse)
        rules = day_rules(settings)
        reconcile_day(connection, warehouse, day, rules, answers, open_engine)
        causes = patterns_of_day(connection, day, rules.fees)
        for spec in RECONCILED:
            outcomes = connection.execute(OUTCOMES, [day, spec.key.path[-1]]).pl()
            more = _causes(causes) if spec is RECONCILED[-1] else {}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=_shown(outcomes) | more)


def _shown(outcomes: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/row_count": dg.MetadataValue.int(int(outcomes["row_count"].sum())),
        "outcomes": table(outcomes, most=60),
    }


def _causes(patterns: list[Pattern]) -> dict[str, dg.MetadataValue]:
    """What one cause explains of the fees that differ."""
    rows = [(each.fee_kind, each.explained_count, each.differing_count, each.text) for each in patterns]
    frame = pl.DataFrame(rows, schema=["fee_kind", "explained", "differing", "cause"], orient="row")
    return {"common_causes": table(frame)} if rows else {}
