"""The control totals of a day in the warehouse: the statements of `recon.tie_out`, and their inputs."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from assets.tied_out.settlement import after_fees, keep_settlement, settlement_of_day
from recon.matching.plan import sql
from recon.reports.kinds import ReportKind
from recon.reports.rows import BATCH_ROWS
from recon.settlement import Settlement
from recon.settlement.edges import listed_batches, settled_in_parts, settlement_edges
from recon.sql_text import sql_text
from recon.tie_out import tie_out
from resources.bank_amounts import read_bank_amounts
from resources.parsed_rows import current_rows
from resources.settings import Settings
from resources.settings.rules import terms_of_settlement
from resources.warehouse import Warehouse, create_views, parquet_relation, replace_day, transaction

VIEWS = {
    "detail_rows": ReportKind.TRANSACTION_DETAIL,
    "fee_rows": ReportKind.FEE,
    "summary_rows": ReportKind.TRANSACTION_SUMMARY,
    "settlement_rows": ReportKind.SETTLEMENT,
}
WITH_SECTION = tuple(kind for kind in ReportKind if kind.definition.summary)
STATEMENTS = ("tie_out_files", "tie_out_sets", "tie_out_batches")


def tie_out_day(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, settings: Settings, day: date
) -> tuple[pl.DataFrame, Settlement | None]:
    """Judges what is settled, if a contract says so, and keeps it and every edge of the day; returns both.

    How the summaries of the day are read (before or after fees) is kept first: what is settled is measured by it.
    """
    settlement = None
    _keep(connection, day, edges_of_day(connection, warehouse, day))
    if settings.settlement is not None:
        terms, bank = terms_of_settlement(settings, day), read_bank_amounts(settings.settlement.bank_file)
        settlement = settlement_of_day(connection, warehouse, day, settings.participant.start_day, terms, bank)
    keep_settlement(connection, day, settlement)
    edges = edges_of_day(connection, warehouse, day, settlement)
    _keep(connection, day, edges)
    return edges, settlement


def _keep(connection: duckdb.DuckDBPyConnection, day: date, edges: pl.DataFrame) -> None:
    with transaction(connection):
        replace_day(connection, "tied_out.edges", day, edges)


def edges_of_day(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, settlement: Settlement | None = None
) -> pl.DataFrame:
    """Every edge of a day, computed from what is parsed; up to the bank if settlements are judged."""
    create_total_views(connection, warehouse, day)
    files, sets, batches = (connection.execute(sql(name)).pl() for name in STATEMENTS)
    if settlement is None:
        return tie_out(day, files, sets, batches)
    more, listed = settlement_edges(day, settlement), listed_batches(settlement)
    return tie_out(day, files, sets, batches, more, listed, settled_in_parts(settlement))


def create_total_views(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> None:
    """The relations that the control totals of a day are computed from."""
    views = {name: current_rows(connection, warehouse, kind, day) for name, kind in VIEWS.items()}
    views["section_rows"] = _section_rows(connection, warehouse, day)
    create_views(connection, views)
    create_views(connection, {"known_batches": _known_batches(connection, warehouse, day)})
    files = sql_text("assets.tied_out", "parsed_files")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE parsed_files AS {files}", [list(WITH_SECTION), day])
    totals = "SELECT * FROM parsed.section_totals WHERE clearing_day = ?"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE section_totals AS {totals}", [day])


def _section_rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> str:
    """File and signed amount (minor units) of every row that a summary section adds up."""
    rows = {kind: current_rows(connection, warehouse, kind, day) for kind in WITH_SECTION}
    amounts = {kind: f"sign * {kind.definition.detail.amount} AS signed_minor" for kind in rows}
    parts = (f"SELECT file_id, {amounts[kind]} FROM {relation}" for kind, relation in rows.items())
    return f"({' UNION ALL '.join(parts)})"


def _known_batches(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> str:
    """The summary rows of the batches that the settlements of the day list."""
    kind = ReportKind.TRANSACTION_SUMMARY
    known = {"kind": kind.value, "day": day}
    files = connection.execute(sql_text("assets.tied_out", "known_batches"), known).fetchall()
    rows = parquet_relation([warehouse.parsed_path(kind, at, file_id) for at, file_id in files], BATCH_ROWS)
    return after_fees(connection, rows, day)
