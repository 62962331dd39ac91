"""What a database driver returns, as Polars series: text, whole numbers, instants. Never a float.

A driver may also send each row as one text, its values with a separator between them. The values
keep the source's own units and zone; `recon.orders.canonical` converts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from recon.clearing_day import without_zone
from recon.errors import SourceContractError
from recon.listing import counted

MONEY = frozenset({"amount", "settlement_amount"})
SEPARATOR = "\x1f"  # ASCII "unit separator"
NUL = "\0"  # what BINARY(n) of MariaDB pads with
FLOAT = "\x1efloat"  # in a packed row: a floating-point number that cannot be taken
EXACT_BELOW = 2**53  # a whole number below it is exact in a float of 64 bits


def series_of(name: str, values: Sequence[Any]) -> pl.Series:
    """One column of a batch; `name` is our name of it."""
    types = set(map(type, values))
    types.discard(type(None))
    if name in MONEY and float in types:
        raise float_refused(name)
    if types == {str}:
        return pl.Series(name, values, dtype=pl.String)
    if types == {bytes}:
        return _of_utf8(pl.Series(name, values, dtype=pl.Binary))
    if types == {int}:
        return _integers(name, values)
    if types == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if not types:
        return pl.Series(name, [None] * len(values), dtype=pl.String)
    if all(issubclass(kind, datetime) for kind in types) and (instants := _instants(name, values)) is not None:
        return instants
    strange = [kind for kind in types if issubclass(kind, (date, bytes, bytearray, memoryview))]
    if any(not issubclass(kind, datetime) for kind in strange):
        kinds = ", ".join(sorted(kind.__name__ for kind in types))
        raise SourceContractError(
            f"{name} comes as {kinds}, which is not understood",
            do="Select it as text, as a number or as a date with time",
        )
    return pl.Series(name, [_text(name, value) for value in values], dtype=pl.String)


def unpacked(rows: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """Rows that came as one text each, or as its bytes, as text columns; an empty text is a missing value."""
    rows = _of_utf8(rows)
    is_strange = (rows.str.count_matches(SEPARATOR, literal=True) != len(names) - 1) | rows.str.contains(
        NUL, literal=True
    )
    if strange := int(is_strange.sum()):
        raise SourceContractError(f"control characters in {counted(strange, 'row')}", do="Remove them in the query")
    parts = rows.to_frame("row").select(pl.col("row").str.split_exact(SEPARATOR, len(names) - 1))
    frame = parts.to_series().struct.rename_fields(list(names)).struct.unnest()
    if refused := [name for name in names if (frame[name] == FLOAT).any()]:
        raise float_refused(refused[0])
    return frame


def _of_utf8(rows: pl.Series) -> pl.Series:
    try:
        return rows.cast(pl.String)
    except pl.exceptions.ComputeError:
        do = "Select them as text of their own character set"
        raise SourceContractError("some rows hold bytes that are not UTF-8", do=do) from None


def float_refused(name: str) -> SourceContractError:
    """A float has already lost the last digit of an amount somewhere, and that of a long number."""
    holds = "money exactly" if name in MONEY else "this value exactly: only whole numbers below 2^53"
    return SourceContractError(
        f"{name} comes as a floating-point number, which cannot hold {holds}",
        do="Select it as text or as a decimal",
    )


def _integers(name: str, values: Sequence[int | None]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.Int64)
    except (OverflowError, pl.exceptions.PolarsError, TypeError):
        return pl.Series(name, [_text(name, value) for value in values], dtype=pl.String)


def _instants(name: str, values: Sequence[datetime | None]) -> pl.Series | None:
    """None if only each row for itself tells: with and without a zone, or beyond the years that Python knows."""
    if len({value.tzinfo is None for value in values if value is not None}) > 1:
        return None
    if all(value.tzinfo is None for value in values if value is not None):
        return pl.Series(name, values, dtype=pl.Datetime("us"))
    try:
        plain = [value and without_zone(value) for value in values]
    except OverflowError:
        return None
    return pl.Series(name, plain, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= EXACT_BELOW:
            raise float_refused(name)
        return str(int(value))
    if isinstance(value, Decimal):
        is_whole_id = name not in MONEY and value.is_finite() and value == value.to_integral_value()
        return format(value.to_integral_value() if is_whole_id else value, "f")
    return str(value)
