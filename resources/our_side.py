"""Our side of a day as the rules see it: what the sources delivered, and what is gone from them while a break needs it.

The frozen files hold what was delivered. An order or refund that a carried break needs and that is no longer delivered
is kept with them as it was last delivered, from day to day, until it is back or no break needs it.
"""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from resources.storage import sql_day
from resources.warehouse import Warehouse, parquet_relation

OUR_SCHEMAS = {"payments": PAYMENT_SCHEMA, "refunds": REFUND_SCHEMA}
GONE = {"gone_orders": "payments", "gone_refunds": "refunds"}  # relation of a day -> table
LAST_SEEN = {"last_seen_day": pl.Date}


def our_side(warehouse: Warehouse, table: str, day: date) -> str:
    """A SQL expression over what was known of our side on a day: delivered, or gone and as it was last delivered.

    `table`: `payments` or `refunds`. Its columns are those of the schema, and last_seen_day.
    """
    schema = OUR_SCHEMAS[table]
    delivered = parquet_relation([warehouse.orders_path(table, day)], schema)
    gone = parquet_relation([warehouse.gone_path(table, day)], schema | LAST_SEEN)
    return f"(SELECT *, {sql_day(day)} AS last_seen_day FROM {delivered} UNION ALL SELECT * FROM {gone})"


def keep_gone(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> None:
    """Replaces the files of what is gone on a day. Call after the statements of OUR_SIDE."""
    for relation, table in GONE.items():
        gone, path = connection.table(relation).pl().sort(pl.all()), warehouse.gone_path(table, day)
        if gone.height:
            warehouse.write_parquet(gone, path)
        else:
            path.unlink(missing_ok=True)
