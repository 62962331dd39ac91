"""Where the money of a day is, in the warehouse: the reports of all days up to it, judged, and what is kept.

Kept of a day are the batches that are not settled, that were settled lately, or that were a break the day before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.clearing_day import report_date
from recon.matching.plan import sql
from recon.reports.kinds import ReportKind
from recon.reports.kinds.transaction_summary import SUMMARY_AMOUNT
from recon.reports.rows import BATCH_ROWS
from recon.schema import Schema
from recon.settlement import Settlement, settle
from recon.settlement.breaks import key_column, settlement_breaks
from recon.settlement.rows import CLEARED, SETTLED_LINES, SETTLEMENT_TOTALS
from recon.settlement.terms import SettlementTerms
from recon.sql_text import sql_text
from recon.tie_out import Verdict
from resources.warehouse import Warehouse, add_rows, parquet_relation, transaction

KEPT_DAYS = 31  # a settled batch stays in the list so long
FAMILY = "B"


def settlement_of_day(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    day: date,
    start_day: date,
    terms: Sequence[SettlementTerms],
    bank: pl.DataFrame,
) -> Settlement:
    """Judges what all reports up to a day say. Raises ConfigurationError if a set has no terms."""
    create_settlement_tables(connection, warehouse, day)
    return settle(
        day,
        start_day,
        terms,
        _frame(connection, "cleared_batches", CLEARED),
        _frame(connection, "settled_lines", SETTLED_LINES),
        _frame(connection, "settlement_totals", SETTLEMENT_TOTALS),
        bank,
        _settlements_before(connection, day),
    )


def create_settlement_tables(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> None:
    """What the reports of all days up to a day say of cleared and settled batches, as temporary tables."""
    cleared, settled = ReportKind.TRANSACTION_SUMMARY, ReportKind.SETTLEMENT
    relations = {
        "cleared_rows": (after_fees(connection, _rows_until(connection, warehouse, cleared, day), day), cleared),
        "settled_rows": (_rows_until(connection, warehouse, settled, day), settled),
        "settled_sections": (
            "(SELECT * FROM parsed.section_totals WHERE kind = $kind AND clearing_day <= $day)",
            settled,
        ),
    }
    connection.execute(_DELIVERED_AGAIN, [day])
    for name, (relation, kind) in relations.items():  # as tables: many small files are read once
        once = f"SELECT * FROM {relation} AS delivered ANTI JOIN delivered_again USING (file_id, clearing_day)"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {once}", {"kind": kind.value, "day": day})


# The same bytes under the same name in the folder of a later day have no effect (F09).
_DELIVERED_AGAIN = sql_text("assets.tied_out", "delivered_again")


def after_fees(connection: duckdb.DuckDBPyConnection, rows: str, day: date) -> str:
    """Summary rows (BATCH_ROWS) as a SQL expression; of batches that are stated before fees, less their fees.

    Which batches that are is the reading of SUMMARY_AMOUNT, as the tie-out kept it on the day of each batch.
    """
    _, fee_amount = ReportKind.FEE.definition.own_totals
    before_fees = sql("before_fees")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE before_fees AS {before_fees}",
        [fee_amount, SUMMARY_AMOUNT.name, Verdict.BEFORE_FEES.value, day],
    )
    columns = {
        "sign": "CAST(CASE WHEN stated.net_minor < 0 THEN -1 ELSE 1 END AS TINYINT) AS sign",
        "settlement_amount_minor": "CAST(ABS(stated.net_minor) AS BIGINT) AS settlement_amount_minor",
    }
    listed = ", ".join(columns.get(name, f"stated.{name}") for name in BATCH_ROWS)
    return f"({sql_text('assets.tied_out', 'after_fees').format(columns=listed, rows=rows)})"


def settlements_until(connection: duckdb.DuckDBPyConnection, day: date) -> dict[tuple[str, str], date]:
    """Id and currency of every settlement that a report brought up to a day, and the report date of the first one."""
    until = [ReportKind.SETTLEMENT.value, day]
    rows = connection.execute(sql_text("assets.tied_out", "settlements_until"), until).fetchall()
    return {(batch, currency): report_date(first) for batch, currency, first in rows}


def keep_settlement(connection: duckdb.DuckDBPyConnection, day: date, settlement: Settlement | None) -> None:
    """Puts the result of a day into its tables; None takes away what was there."""
    found = pl.DataFrame() if settlement is None else settlement_breaks(settlement)
    with transaction(connection):
        for table in ("batches", "settlements"):
            connection.execute(f"DELETE FROM tied_out.{table} WHERE as_of_day = ?", [day])
        connection.execute("DELETE FROM tied_out.found WHERE as_of_day = ? AND family = ?", [day, FAMILY])
        if settlement is None:
            return
        open_before = _open_before(connection, day)
        for table, rows in {
            "batches": _recent(settlement.batches, "clearing_batch_id", day, open_before),
            "settlements": _recent(settlement.settlements, "settlement_batch_id", day, open_before),
            "found": found,
        }.items():
            add_rows(connection, f"tied_out.{table}", rows.with_columns(as_of_day=pl.lit(day)))


def _rows_until(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, kind: ReportKind, day: date) -> str:
    """The current rows of a kind ($kind), of all days up to one ($day); an older version kept them in Parquet only."""
    until = {"kind": kind.value, "day": day}
    files = connection.execute(sql_text("assets.tied_out", "files_in_parquet_only"), until).fetchall()
    older = parquet_relation([warehouse.parsed_path(kind, at, file_id) for at, file_id in files], BATCH_ROWS)
    columns = ", ".join(BATCH_ROWS)
    lines = f"SELECT {columns} FROM parsed.batch_lines WHERE kind = $kind AND clearing_day <= $day"
    return f"({lines} UNION ALL SELECT {columns} FROM {older})"


def _frame(connection: duckdb.DuckDBPyConnection, name: str, schema: Schema) -> pl.DataFrame:
    return connection.execute(sql(name)).pl().select(pl.col(column).cast(kind) for column, kind in schema.items())


def _settlements_before(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """The settlements that the day before kept."""
    before = day - timedelta(days=1)
    return connection.execute("SELECT * FROM tied_out.settlements WHERE as_of_day = ?", [before]).pl()


def _open_before(connection: duckdb.DuckDBPyConnection, day: date) -> list[str]:
    rows = connection.execute(
        "SELECT provider_transaction_id FROM breaks.items WHERE as_of_day = ? AND family = ? AND state <> 'NOTED'",
        [day - timedelta(days=1), FAMILY],
    ).fetchall()
    return [key for (key,) in rows]


def _recent(rows: pl.DataFrame, batch: str, day: date, open_before: list[str]) -> pl.DataFrame:
    moment = "settled_day" if "settled_day" in rows.columns else "settlement_day"
    since = day - timedelta(days=KEPT_DAYS)
    last = pl.coalesce(pl.col(moment), pl.col("due_day")) if "due_day" in rows.columns else pl.col(moment)
    is_break = pl.col("outcome").str.contains(rf"^{FAMILY}\d")
    return rows.filter(is_break | (last > since) | key_column(batch).is_in(open_before))
