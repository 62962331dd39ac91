"""What a database driver returns, as Polars series: text, whole numbers, instants. Never a float.

A driver may also send each row as one text, its values with a separator between them. The values
keep the source's own units and zone; `recon.orders.canonical` converts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from recon.errors import SourceContractError

MONEY = frozenset({"amount", "settlement_amount"})
SEPARATOR = "\x1f"  # ASCII "unit separator"
FLOAT = "float"  # stands for a floating-point number in a packed row


def series_of(name: str, values: Sequence[Any]) -> pl.Series:
    """One column of a batch; `name` is our name of it."""
    types = set(map(type, values))
    types.discard(type(None))
    if name in MONEY and float in types:
        raise float_refused(name)
    if types == {str}:
        return pl.Series(name, values, dtype=pl.String)
    if types == {int}:
        return _integers(name, values)
    if types == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if not types:
        return pl.Series(name, [None] * len(values), dtype=pl.String)
    if all(issubclass(kind, datetime) for kind in types):
        return _instants(name, values)
    if any(issubclass(kind, (date, bytes, bytearray, memoryview)) for kind in types):
        kinds = ", ".join(sorted(kind.__name__ for kind in types))
        raise SourceContractError(
            f"{name} comes as {kinds}, which is not understood",
            do="Select it as text, as a number or as a date with time",
        )
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def unpacked(rows: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Rows that came as one text each, as text columns; an empty text is a missing value."""
    strange = (rows.str.count_matches(SEPARATOR, literal=True) != len(names) - 1).sum()
    if strange:
        raise SourceContractError(f"{strange} rows hold control characters", do="Remove them in the query")
    parts = rows.to_frame("row").select(pl.col("row").str.split_exact(SEPARATOR, len(names) - 1))
    frame = parts.to_series().struct.rename_fields(list(names)).struct.unnest()
    for name in MONEY.intersection(names):
        if (frame[name] == FLOAT).any():
            raise float_refused(name)
    return frame


def float_refused(name: str) -> SourceContractError:
    """Money in a float has already lost its last digit somewhere."""
    return SourceContractError(
        f"{name} comes as a floating-point number, which cannot hold money exactly",
        do="Select it as text or as a decimal",
    )


def _integers(name: str, values: Sequence[int | None]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.Int64)
    except (OverflowError, pl.exceptions.PolarsError, TypeError):
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _instants(name: str, values: Sequence[datetime | None]) -> pl.Series:
    aware = {value.tzinfo is not None for value in values if value is not None}
    if len(aware) > 1:
        raise SourceContractError(f"{name} mixes times with and without a zone", do="Select one kind of time")
    if not aware.pop():
        return pl.Series(name, values, dtype=pl.Datetime("us"))
    plain = [value and value.astimezone(UTC).replace(tzinfo=None) for value in values]
    return pl.Series(name, plain, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)
