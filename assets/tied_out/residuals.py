"""The rows behind each identity of a day that fails, read from the warehouse. A proved day costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import polars as pl

from assets.tied_out.settlement import create_settlement_tables
from assets.tied_out.step import create_total_views
from recon.breaks.register import PER_CODE
from recon.identities import CONSERVATION, REGISTER
from recon.matching.plan import sql
from recon.tie_out.proof import closing_list, failing
from recon.tie_out.residuals import FOUND, LISTED_ROWS, RESIDUAL_SCHEMA, residual_rows, totals
from resources.register import identity_of_day
from resources.warehouse import Warehouse, temp_table

STATEMENTS = ("residual_sets", "residual_lines", "residual_missing", "residual_batches")
Row = dict[str, object]


def residuals_of_day(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, table: pl.DataFrame
) -> pl.DataFrame:
    """The rows behind the identities of `table` (EDGE_SCHEMA) that fail, in the columns of RESIDUAL_SCHEMA."""
    wrong = failing(table)
    if wrong.is_empty():
        return pl.DataFrame(schema=RESIDUAL_SCHEMA)
    rows = [*_lost(connection, day, wrong), *_unmoved(connection, day, wrong)]
    found = pl.DataFrame(rows, schema=FOUND, orient="row")
    return residual_rows(wrong, pl.concat([_of_reports(connection, warehouse, day, wrong), found]))


def _of_reports(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, wrong: pl.DataFrame
) -> pl.DataFrame:
    """What could be behind the control totals."""
    wanted = totals(wrong)
    if wanted.is_empty():
        return pl.DataFrame(schema=FOUND)
    create_total_views(connection, warehouse, day)
    create_settlement_tables(connection, warehouse, day)
    for name, table, column in (
        ("quarantine", "parsed.quarantine", "clearing_day"),
        ("kept_batches", "tied_out.batches", "as_of_day"),
        ("kept_settlements", "tied_out.settlements", "as_of_day"),
    ):
        of_day = f"SELECT * FROM {table} WHERE {column} = ?"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {of_day}", [day])
    temp_table(connection, "residual_totals", wanted)
    for name in STATEMENTS:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql(name)}")
    found = connection.execute(sql("residual_candidates")).pl()
    return found.select(pl.col(name).cast(kind) for name, kind in FOUND.items())


def _lost(connection: duckdb.DuckDBPyConnection, day: date, wrong: pl.DataFrame) -> Iterator[Row]:
    """Inputs without their outcome, as the reconciliation kept them."""
    lost = connection.execute("SELECT * FROM reconciled.lost_inputs WHERE as_of_day = ?", [day]).pl()
    places = _places(wrong, "edge")
    for row in lost.iter_rows(named=True):
        number = places.get((CONSERVATION[row["side"]],))
        if number is not None:
            note = f"inputs with this key: {row['came_count']}, outcomes: {row['outcome_count']}"
            cause = "SEVERAL_OUTCOMES" if row["outcome_count"] else "NO_OUTCOME"
            yield {name: row.get(name) for name in FOUND} | {"total_number": number, "cause": cause, "note": note}


def _unmoved(connection: duckdb.DuckDBPyConnection, day: date, wrong: pl.DataFrame) -> Iterator[Row]:
    """Breaks that came or went without a movement."""
    registers = wrong.filter(pl.col("edge") == REGISTER)
    if registers.is_empty():
        return
    places = _places(wrong, "edge", "settlement_currency", "right_name")
    unmoved = identity_of_day(connection, day, ("break_id", *PER_CODE)).filter(pl.col("residual") != 0)
    at_risk = dict(
        connection.execute(
            "SELECT break_id, amount_at_risk_minor FROM breaks.items WHERE as_of_day IN (?, ?) ORDER BY as_of_day",
            [day - timedelta(days=1), day],
        ).fetchall()
    )
    for (code, currency), rows in unmoved.sort("break_id").group_by(PER_CODE, maintain_order=True):
        number = places.get((REGISTER, currency, closing_list(str(code))))
        for row in rows.head(LISTED_ROWS).iter_rows(named=True) if number is not None else ():
            yield dict.fromkeys(FOUND) | {
                "total_number": number,
                "cause": "CAME" if row["residual"] < 0 else "WENT",
                "id": row["break_id"],
                "amount_minor": at_risk.get(row["break_id"]),
                "currency": currency,
                "row_count": rows.height,
            }


def _places(wrong: pl.DataFrame, *names: str) -> dict[tuple[object, ...], int]:
    return {key: number for number, key in enumerate(wrong.select(names).iter_rows())}
