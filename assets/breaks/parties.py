"""Who sold, where and when: read by key, for the rows that are breaks, from our frozen side and the parsed reports."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from recon.breaks.parties import LINE_COLUMNS, ORDER_COLUMNS, REFUND_COLUMNS, with_parties
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from resources.our_side import our_side
from resources.warehouse import Warehouse, parquet_relation

_DETAIL = ReportKind.TRANSACTION_DETAIL
_IDS = ("order_key", "refund_key", "payment_request_id", "refund_request_id")


def with_known_parties(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, found: pl.DataFrame
) -> pl.DataFrame:
    """`found` (the relation of `sql/found.sql`) with the columns of PARTY_SCHEMA. StorageError if rows are gone."""
    refunds = _own(connection, warehouse, "refunds", day, _ids_of(found))
    orders = _own(connection, warehouse, "payments", day, _ids_of(found) | set(refunds["order_key"]))
    known = with_parties(found, orders, refunds, _report_lines(connection, warehouse, found))
    return _with_merchant_names(connection, warehouse, day, known)


def _with_merchant_names(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, found: pl.DataFrame
) -> pl.DataFrame:
    """A merchant that only a report names has the name that our other orders give it."""
    nameless = found.filter(pl.col("merchant_name").is_null())["merchant_id"].drop_nulls().unique().sort()
    if nameless.is_empty():
        return found
    statement = sql_text("assets.breaks", "merchant_names").format(ours=our_side(warehouse, "payments", day))
    names = _matching(connection, statement, nameless.to_frame())
    return (
        found.join(names, on="merchant_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("merchant_name", "known_name").alias("merchant_name"))
        .drop("known_name")
    )


def _ids_of(found: pl.DataFrame) -> set[str]:
    return {value for name in _IDS for value in found[name].drop_nulls()}


def _own(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: str, day: date, ids: set[str]
) -> pl.DataFrame:
    """The rows of our side that have one of these ids."""
    columns, key, request_id = (
        (ORDER_COLUMNS, "order_key", "payment_request_id")
        if table == "payments"
        else (REFUND_COLUMNS, "refund_key", "refund_request_id")
    )
    statement = sql_text("assets.breaks", "own_rows").format(
        columns=", ".join(columns), ours=our_side(warehouse, table, day), key=key, request_id=request_id
    )
    return _matching(connection, statement, pl.DataFrame({"id": sorted(ids)}, schema={"id": pl.String}))


def _matching(connection: duckdb.DuckDBPyConnection, statement: str, wanted: pl.DataFrame) -> pl.DataFrame:
    """What a statement finds of the keys in the relation `wanted`."""
    connection.register("wanted", wanted.to_arrow())
    rows = connection.execute(statement).pl()
    connection.unregister("wanted")
    return rows


def _report_lines(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, found: pl.DataFrame) -> pl.DataFrame:
    """The lines of Transaction Detail that are named as evidence."""
    wanted = _places(found)
    days = dict(
        connection.execute("SELECT file_id, clearing_day FROM parsed.files WHERE kind = ?", [_DETAIL.value]).fetchall()
    )
    files = [file_id for file_id in wanted["file_id"].unique().sort() if file_id in days]
    paths = [warehouse.kept_rows(_DETAIL, days[file_id], file_id) for file_id in files]
    statement = sql_text("assets.breaks", "report_lines").format(
        columns=", ".join(LINE_COLUMNS), report_rows=parquet_relation(paths, _DETAIL.definition.rows)
    )
    return _matching(connection, statement, wanted)


def _places(found: pl.DataFrame) -> pl.DataFrame:
    """file_id, line_number of the evidence."""
    place = found.select(place=pl.col("lines").drop_nulls().str.split(" ").explode())["place"].unique().sort()
    return place.to_frame().select(
        file_id=pl.col("place").str.replace(r":\d+$", ""),
        line_number=pl.col("place").str.extract(r":(\d+)$").cast(pl.Int32),
    )
