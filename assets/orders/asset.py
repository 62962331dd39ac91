"""orders: our side, frozen for the run in one consistent read: the window of the day, and whatever
is named.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import duckdb
import polars as pl

from assets.orders.named_keys import named_keys
from assets.states import day_of
from recon.clearing_day import Clock, as_of
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from resources.orders_db.db import OrdersDb, OrdersReceipt, OrdersScope
from resources.settings import Settings
from resources.storage import storage_errors
from resources.tables import TABLES
from resources.warehouse import Warehouse, replace_day, transaction
from views.metadata import columns, table, totals

ORDERS = [
    dg.AssetSpec(
        ["orders", name],
        deps=[["parsed", "transaction_detail"]],
        description=f"Our {name}, frozen for the run in one consistent read.\n\n"
        "Those of the day, and those that report rows or open breaks name.",
        kinds={"sql", "parquet"},
        metadata=columns(schema),
    )
    for name, schema in (("payments", PAYMENT_SCHEMA), ("refunds", REFUND_SCHEMA))
]


@dg.multi_asset(name="orders", specs=ORDERS)
def orders(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
    orders_db: dg.ResourceParam[OrdersDb],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Freeze what the day needs and record what was noticed."""
    day = day_of(context)
    moment = as_of(day, settings.calendar.arrival_grace)
    folder = warehouse.directory / "orders"
    with warehouse.connect() as connection, storage_errors(folder):
        scope = OrdersScope(day, moment, clock(), named_keys(connection, warehouse, day))
        receipt = orders_db.freeze(scope, folder)
    for path in (receipt.payments_path, receipt.refunds_path):
        warehouse.seal(path)
    with warehouse.connect() as connection:
        _record(connection, receipt)
    for spec, count in zip(ORDERS, (receipt.payment_rows, receipt.refund_rows), strict=True):
        path = warehouse.orders_path(spec.key.path[-1], day)
        frozen = pl.read_parquet(path, columns=["amount_minor", "currency"], glob=False)
        shown = _shown(receipt, spec.key.path[-1], count) | {"totals": totals(frozen, "amount_minor", "currency")}
        yield dg.MaterializeResult(asset_key=spec.key, metadata=shown)


def _record(connection: duckdb.DuckDBPyConnection, receipt: OrdersReceipt) -> None:
    rows = [(receipt.day, None, name, count) for name, count in receipt.findings.items()]
    findings = pl.DataFrame(rows, schema=TABLES["orders.findings"], orient="row")
    with transaction(connection):
        replace_day(connection, "orders.snapshots", receipt.day, snapshots(receipt))
        replace_day(connection, "orders.findings", receipt.day, findings)


def snapshots(receipt: OrdersReceipt) -> pl.DataFrame:
    """One line per source and table: rows of the window, rows by key, the newest change."""
    rows: list[tuple[date, str, str, int, int, datetime]] = []
    for source in receipt.sources:
        newest = source.newest_change.astimezone(UTC).replace(tzinfo=None)
        payments = (source.payments_in_window + source.payments_by_key, source.payments_by_key)
        refunds = (source.refunds_in_window + source.refunds_by_key, source.refunds_by_key)
        rows += [
            (receipt.day, source.source_id, "payments", *payments, newest),
            (receipt.day, source.source_id, "refunds", *refunds, newest),
        ]
    return pl.DataFrame(rows, schema=TABLES["orders.snapshots"], orient="row")


def _shown(receipt: OrdersReceipt, name: str, count: int) -> dict[str, dg.MetadataValue]:
    statuses = [(status, rows) for source in receipt.sources for status, rows in source.unmapped.items()]
    return {
        "dagster/row_count": dg.MetadataValue.int(count),
        "sources": table(snapshots(receipt).filter(pl.col("table_name") == name)),
        "unmapped_statuses": table(
            pl.DataFrame(statuses, schema={"status": pl.String, "rows": pl.Int64}, orient="row")
        ),
    }
