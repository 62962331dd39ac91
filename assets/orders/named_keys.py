"""Which orders and refunds a day needs besides those of its own window: named by report rows and by open breaks.

What is asked for by key and not delivered is gone (`recon/matching/sql/gone_orders.sql`, `gone_refunds.sql`): all that
they look for is named here.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import polars as pl

from recon.reports.names import ReportKind
from resources.orders_db.db import NamedKeys
from resources.our_side import our_side
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse

IS_OPEN = "as_of_day = $before AND state <> 'NOTED' AND family IN ('P', 'R')"
# A row of a type that the layout does not know may name either.
IDS = {
    "payment_request_ids": (
        "SELECT request_id FROM rows WHERE row_role <> 'REFUND' "
        "UNION SELECT original_request_id FROM rows WHERE row_role <> 'PAYMENT' "
        f"UNION SELECT payment_request_id FROM breaks.items WHERE {IS_OPEN} "
        "UNION SELECT payment_request_id FROM breaks.pending WHERE as_of_day = $before"
    ),
    "provider_payment_ids": (
        "SELECT provider_transaction_id FROM rows WHERE row_role <> 'REFUND' "
        "UNION SELECT original_provider_transaction_id FROM rows WHERE row_role <> 'PAYMENT' "
        f"UNION SELECT provider_transaction_id FROM breaks.items WHERE {IS_OPEN}"
    ),
    "refund_request_ids": (
        "SELECT request_id FROM rows WHERE row_role <> 'PAYMENT' "
        f"UNION SELECT refund_request_id FROM breaks.items WHERE {IS_OPEN}"
    ),
    "provider_refund_ids": (
        "SELECT provider_transaction_id FROM rows WHERE row_role <> 'PAYMENT' "
        f"UNION SELECT provider_transaction_id FROM breaks.items WHERE {IS_OPEN}"
    ),
}
KEYS = {
    "order_keys": (
        "SELECT source_id, order_key AS key FROM breaks.items "
        f"WHERE {IS_OPEN} AND order_key IS NOT NULL "
        "UNION SELECT source_id, partner_key FROM breaks.items "
        f"WHERE {IS_OPEN} AND partner_key IS NOT NULL "
        "UNION SELECT source_id, order_key FROM breaks.pending WHERE as_of_day = $before"
    ),
    "refund_keys": (
        f"SELECT source_id, refund_key AS key FROM breaks.items WHERE {IS_OPEN} AND refund_key IS NOT NULL "
        "UNION SELECT f.source_id, f.refund_key FROM refunds_before AS f "
        "JOIN carried_orders AS o ON o.source_id = f.source_id AND o.key = f.order_key"
    ),
}


def named_keys(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> NamedKeys:
    """The keys, each once."""
    rows = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW rows AS SELECT * FROM {rows}")
    before = day - timedelta(days=1)
    refunds = our_side(warehouse, "refunds", before)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW refunds_before AS SELECT * FROM {refunds}")
    orders = KEYS["order_keys"].replace("$before", f"DATE '{before}'")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW carried_orders AS {orders}")

    def frame(statement: str) -> pl.DataFrame:
        values = {"before": before} if "$before" in statement else {}
        return connection.execute(statement, values).pl()

    ids = {name: frame(text).to_series().cast(pl.String).drop_nulls() for name, text in IDS.items()}
    keys = {name: frame(text).cast(pl.String) for name, text in KEYS.items()}
    given: dict[str, Any] = {**ids, **keys}
    return NamedKeys(**given)
