"""reconciled: orders and report rows brought together by request id, each input with exactly one
outcome.
"""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.partitions import OWNERS, POOL, day_of
from assets.shown import table
from resources.inquiry_journal import InquiryJournal
from resources.reconciliation import reconcile_day
from resources.settings import Settings
from resources.settings_rules import day_rules
from resources.warehouse import Warehouse

RECONCILED = [
    dg.AssetSpec(
        ["reconciled", name],
        deps=[["parsed", "transaction_detail"], ["orders", "payments"], ["orders", "refunds"]],
        description=f"The outcome of all {name} that needed attention; the others agree.",
        group_name="reconciled",
        kinds={"duckdb"},
        owners=OWNERS,
    )
    for name in ("payments", "refunds")
]
OUTCOMES = """
SELECT outcome, CAST(SUM(row_count) AS BIGINT) AS row_count
FROM reconciled.conservation
WHERE as_of_day = ? AND side = ?
GROUP BY outcome ORDER BY outcome
"""


@dg.multi_asset(name="reconciled", specs=RECONCILED, pool=POOL)
def reconciled(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    inquiry_journal: dg.ResourceParam[InquiryJournal],
) -> Iterator[dg.MaterializeResult[None]]:
    """Run the statements of the day, with all that Alipay+ had said by then when it was asked."""
    day = day_of(context)
    answers = inquiry_journal.evidence(day)
    with warehouse.connect() as connection:
        reconcile_day(connection, warehouse, day, day_rules(settings), answers)
        for spec in RECONCILED:
            outcomes = connection.execute(OUTCOMES, [day, spec.key.path[-1]]).pl()
            yield dg.MaterializeResult(asset_key=spec.key, metadata=_shown(outcomes))


def _shown(outcomes: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/row_count": dg.MetadataValue.int(int(outcomes["row_count"].sum())),
        "outcomes": table(outcomes, most=60),
    }
