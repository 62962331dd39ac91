"""What the fee statements of a day read: fee rows of the day and before it, the contract, and what was open.

The statements are in `recon/matching/sql`, the contract is a `FeeContract` of `recon.fees`.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

from recon.fees import FeeContract, kind_frame, rate_frame
from recon.reports.kinds import ReportKind
from recon.reports.kinds.fee import FEE_ROWS
from recon.sql_text import sql_text
from resources.warehouse import Warehouse, parquet_relation

OPENING = ("opening_fees", "opening_fee_ids")


def create_fee_inputs(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, start_day: date, contract: FeeContract
) -> None:
    """The relations `fee_rows_of_day`, `fee_rows_before`, `opening_fees`, `opening_fee_ids`, and the contract."""
    views = {
        "fee_rows_of_day": _fee_rows(connection, warehouse, day, day),
        "fee_rows_before": _fee_rows(connection, warehouse, start_day, day - timedelta(days=1)),
    }
    for name, relation in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {relation}")
    for name in OPENING:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS {sql_text('assets.reconciled', name)}", {"day": day}
        )
    _table(connection, "fee_rates", rate_frame(contract))
    _table(connection, "fee_kinds", kind_frame(contract.kinds))
    rules = {"tolerance_minor": [contract.tolerance_minor], "has_rates": [bool(contract.rates)]}
    _table(
        connection, "fee_contract", pl.DataFrame(rules, schema={"tolerance_minor": pl.Int64, "has_rates": pl.Boolean})
    )


def _fee_rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, first: date, last: date) -> str:
    files = connection.execute(
        "SELECT clearing_day, file_id FROM parsed.files WHERE kind = ? AND is_current "
        "AND clearing_day >= ? AND clearing_day <= ? ORDER BY clearing_day, file_id",
        [ReportKind.FEE.value, first, last],
    ).fetchall()
    return parquet_relation([warehouse.kept_rows(ReportKind.FEE, at, file_id) for at, file_id in files], FEE_ROWS)


def _table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
    connection.unregister("incoming")
