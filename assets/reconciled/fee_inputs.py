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
from resources.warehouse import Warehouse, parquet_relation

_OPENING = (
    "SELECT i.provider_transaction_id AS transaction_id, i.partner_key AS fee_kind, "
    "COALESCE(i.payment_request_id, i.refund_request_id) AS request_id "
    "FROM breaks.items AS i WHERE i.as_of_day = DATE '{day}' AND i.family = 'C' AND i.state <> 'NOTED'"
)
_OPENING_IDS = (  # a fee row may name another id than the transaction that it was found to belong to
    "SELECT UNNEST(STRING_SPLIT(f.charged_ids, ' ')) AS id FROM reconciled.fees AS f "
    "JOIN breaks.items AS i ON i.as_of_day = f.as_of_day AND i.family = 'C' "
    "AND i.provider_transaction_id = f.transaction_id AND i.partner_key = f.fee_kind "
    "WHERE f.as_of_day = DATE '{day}' AND f.charged_ids IS NOT NULL"
)


def lay_out_fees(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, start_day: date, contract: FeeContract
) -> None:
    """The relations `fee_rows_of_day`, `fee_rows_before`, `opening_fees`, `opening_fee_ids`, and the contract."""
    views = {
        "fee_rows_of_day": _fee_rows(connection, warehouse, day, day),
        "fee_rows_before": _fee_rows(connection, warehouse, start_day, day - timedelta(days=1)),
        "opening_fees": f"({_OPENING.format(day=day - timedelta(days=1))})",
        "opening_fee_ids": f"({_OPENING_IDS.format(day=day - timedelta(days=1))})",
    }
    for name, relation in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {relation}")
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
