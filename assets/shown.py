"""What a person sees of an asset in Dagster: tables, totals and columns. No payer data, no
secrets.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg
import polars as pl

from recon.money import format_money

SHOWN_ROWS = 20


def table(frame: pl.DataFrame, most: int = SHOWN_ROWS) -> dg.TableMetadataValue:
    """A frame as a table, its first rows if there are many."""
    cells = frame.head(most).with_columns(pl.exclude(pl.Int64, pl.Int32, pl.Boolean, pl.Float64).cast(pl.String))
    records = [dg.TableRecord(row) for row in cells.with_columns(pl.all().fill_null("")).to_dicts()]
    schema = dg.TableSchema([dg.TableColumn(name, _column_type(kind)) for name, kind in frame.schema.items()])
    return dg.MetadataValue.table(records, schema=schema)


def columns(schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> dict[str, dg.MetadataValue]:
    """The columns of a table, for the catalogue of assets."""
    return {
        "dagster/column_schema": dg.MetadataValue.table_schema(
            dg.TableSchema([dg.TableColumn(name, str(kind)) for name, kind in schema.items()])
        )
    }


def with_money(frame: pl.DataFrame, minor: str, currency: str) -> pl.DataFrame:
    """A frame with one more column: the amount as a person reads it."""
    texts = [
        format_money(amount, code) if amount is not None and code else ""
        for amount, code in frame.select(minor, currency).iter_rows()
    ]
    return frame.with_columns(pl.Series(minor.removesuffix("_minor"), texts, dtype=pl.String))


def _column_type(kind: pl.DataType) -> str:
    names = {pl.Int64: "int", pl.Int32: "int", pl.Boolean: "bool", pl.Float64: "float"}
    return names.get(type(kind), "string")
