"""Rates as people write them, and the range on which the most rows agree."""

from __future__ import annotations

import polars as pl
import pytest

from recon.fees.rates import basis_points, most_agreed, roundest


@pytest.mark.parametrize(
    ("millionths", "text"), [(0, "0"), (8_000, "80"), (10_000, "100"), (8_025, "80.25"), (8_050, "80.5"), (1, "0.01")]
)
def test_basis_points(millionths: int, text: str) -> None:
    assert basis_points(millionths) == text


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ([], (0, 0, 0)),
        ([(5, 9)], (5, 9, 1)),
        ([(5, 9), (7, 12), (8, 20)], (8, 9, 3)),
        ([(1, 2), (5, 6)], (1, 2, 1)),  # the first of equals
        ([(1, 4), (5, 6)], (1, 4, 1)),
    ],
)
def test_most_agreed(bounds: list[tuple[int, int]], found: tuple[int, int, int]) -> None:
    assert most_agreed(pl.DataFrame(bounds, schema={"low": pl.Int64, "high": pl.Int64}, orient="row")) == found


def test_the_roundest_rate_of_a_range() -> None:
    assert roundest(7_990, 8_010, (1_000, 1)) == 8_000
    assert roundest(8_001, 8_010, (1_000, 1)) == 8_001
    assert roundest(8_001, 8_003, (1_000, 5)) is None
