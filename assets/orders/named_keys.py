"""Which orders and refunds a day needs besides those of its own window: named by report rows and by open breaks.

What is asked for by key and not delivered is gone (`recon/matching/sql/gone_orders.sql`, `gone_refunds.sql`): all that
they look for is named here.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

from recon.reports.names import ReportKind
from recon.sql_text import sql_text
from resources.orders_db.db import NamedKeys
from resources.our_side import our_side
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse

PENDING = "SELECT * FROM breaks.pending WHERE as_of_day = $before"


def named_keys(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> NamedKeys:
    """The keys, some of them more than once, as long as the connection is open."""
    rows = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW rows AS SELECT * FROM {rows}")
    before = day - timedelta(days=1)
    for name, statement in {"open_items": _sql("open_items"), "pending_before": PENDING}.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}", {"before": before})
    refunds = our_side(warehouse, "refunds", before)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW refunds_before AS SELECT * FROM {refunds}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW carried_orders AS {_sql('order_keys')}")
    return lambda name: connection.execute(_sql(f"{name}s")).pl().cast(pl.String).drop_nulls("key")


def _sql(name: str) -> str:
    return sql_text("assets.orders", name)
