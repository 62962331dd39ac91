"""The parsed rows of a day, as SQL over the Parquet files of the current versions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from recon.reports.kinds import ReportKind
from resources.joined_rows import ParsedPath, fewest_paths
from resources.warehouse import Warehouse, parquet_relation


def signed_amount(kind: ReportKind) -> pl.Expr:
    """What a row of a report adds to its net: minor units, refunds negative."""
    return pl.col(kind.definition.detail.amount) * pl.col("sign")


def current_paths(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, kind: ReportKind, day: date
) -> list[Path]:
    """The Parquet files with the rows of a day, one for each file in its current version."""
    rows = connection.execute(
        "SELECT file_id FROM parsed.files WHERE kind = ? AND clearing_day = ? AND is_current ORDER BY file_id",
        [kind.value, day],
    ).fetchall()
    return [warehouse.parsed_path(kind, day, file_id) for (file_id,) in rows]


def rows_between(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, kind: ReportKind, first: date, last: date
) -> str:
    """The rows of the days from `first` to `last` as a SQL expression. StorageError if any of them are gone."""
    where = "kind = ? AND is_current AND clearing_day BETWEEN ? AND ? ORDER BY clearing_day, file_id"
    values = [kind.value, first, last]
    files = connection.execute(f"SELECT clearing_day, file_id FROM parsed.files WHERE {where}", values).fetchall()
    paths = [ParsedPath(at, warehouse.kept_rows(kind, at, file_id)) for at, file_id in files]
    return parquet_relation(fewest_paths(warehouse, kind, paths), kind.definition.rows)


def current_rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, kind: ReportKind, day: date) -> str:
    """The rows of a day as a SQL expression."""
    return parquet_relation(current_paths(connection, warehouse, kind, day), kind.definition.rows)
