"""Rates in millionths: as people write them, and the range of rates on which the most rows agree."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

POINT = 100  # millionths of a basis point


def basis_points(millionths: int) -> str:
    """`80`, `80.25`."""
    whole, part = divmod(millionths, POINT)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")


def most_agreed(bounds: pl.DataFrame) -> tuple[int, int, int]:
    """The first range of rates that the most rows of `bounds` hold: its two ends, and how many rows. Else zeros.

    `bounds`: the lowest and the highest rate of each row, columns `low` and `high`.
    """
    begins = bounds.select(at="low", step=pl.lit(1))
    ends = bounds.select(at=pl.col("high") + 1, step=pl.lit(-1))
    depth = (
        pl.concat([begins, ends])
        .group_by("at")
        .agg(pl.col("step").sum())
        .sort("at")
        .with_columns(depth=pl.col("step").cum_sum())
    )
    if depth.is_empty():
        return 0, 0, 0
    place = int(depth["depth"].arg_max() or 0)
    after = int(depth["at"][min(place + 1, depth.height - 1)])
    return int(depth["at"][place]), after - 1, int(depth["depth"][place])


def roundest(first: int, last: int, steps: Iterable[int]) -> int | None:
    """The first rate of a range that is a multiple of the first of the steps that has one; None for no range."""
    for step in steps:
        if (rate := -(-first // step) * step) <= last:
            return rate
    return None
