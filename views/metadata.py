"""What a person sees of an asset in Dagster: tables, totals and columns. No payer data, no
secrets.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg
import polars as pl

from recon.money import format_money
from views.column_words import MEANINGS

SHOWN_ROWS = 20
TYPES = {  # as Dagster writes them, with its icons
    pl.String: "string",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.Boolean: "bool",
    pl.Int64: "int",
    pl.Int32: "int",
    pl.Int8: "int",
    pl.Float64: "float",
}


def table(frame: pl.DataFrame, most: int = SHOWN_ROWS) -> dg.TableMetadataValue:
    """A frame as a table, its first rows if there are many."""
    cells = frame.head(most).with_columns(pl.exclude(pl.Int64, pl.Int32, pl.Boolean, pl.Float64).cast(pl.String))
    records = [dg.TableRecord(row) for row in cells.with_columns(pl.all().fill_null("")).to_dicts()]
    schema = dg.TableSchema([dg.TableColumn(name, _type_of(cells[name].dtype)) for name in cells.columns])
    return dg.MetadataValue.table(records, schema=schema)


def columns(schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> dict[str, dg.MetadataValue]:
    """The columns of a table with what they mean, for the catalogue of assets."""
    columns = [dg.TableColumn(name, _type_of(kind), description=MEANINGS.get(name)) for name, kind in schema.items()]
    return {"dagster/column_schema": dg.MetadataValue.table_schema(dg.TableSchema(columns))}


def totals(frame: pl.DataFrame, minor: str, currency: str) -> dg.TableMetadataValue:
    """One line for each currency: how many, and how much as a person reads it."""
    by_currency = (
        frame.filter(pl.col(currency).is_not_null())
        .group_by(currency)
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.col(minor).sum())
        .sort(currency)
    )
    return table(with_money(by_currency, minor, currency))


def with_money(frame: pl.DataFrame, minor: str, currency: str) -> pl.DataFrame:
    """The amount as a person reads it, in the place of the minor units."""
    texts = [
        format_money(amount, code) if amount is not None and code else ""
        for amount, code in frame.select(minor, currency).iter_rows()
    ]
    read = pl.Series(minor.removesuffix("_minor"), texts, dtype=pl.String)
    return frame.with_columns(read.alias(minor)).rename({minor: read.name})


def _type_of(kind: pl.DataType | type[pl.DataType]) -> str:
    return TYPES[kind.base_type()]
