"""The score: by key and code, with what is false and what is missed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sandbox.scoring import read_truth, score
from sandbox.truth import TRUTH_SCHEMA

DAY = date(2026, 11, 20)
TRUTH = pl.DataFrame(
    [
        (DAY, "P", "order", "0001234A", "P01", 1000, "EUR", "notice_lost"),
        (DAY, "R", "refund", "V1", "R01", 500, "EUR", "void_failed_with_alert"),
        (DAY, "P", "provider", "2026/x", "P06", 700, "JPY", "order_rolled_back"),
        (date(2026, 11, 19), "P", "order", "0009", "P04", 300, "EUR", "confirm_lost"),
    ],
    schema=TRUTH_SCHEMA,
    orient="row",
)
RIGHT = [
    ("P", "P01", "P/ogloba/order/0001234A"),
    ("R", "R01", "R/ogloba/refund/V1"),
    ("P", "P06", "P/alipayplus/provider/2026/x"),
]


def items(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["family", "break_code", "break_id"], orient="row")


def test_everything_right_is_perfect() -> None:
    result = score(TRUTH, items(*RIGHT), DAY)
    assert (result.precision, result.recall, result.is_perfect) == (1.0, 1.0, True)


def test_a_wrong_code_is_both_false_and_missed() -> None:
    result = score(TRUTH, items(*RIGHT[1:], ("P", "P17", "P/ogloba/order/0001234A")), DAY)
    assert result.false_breaks.select("break_code", "deserved_as").row(0) == ("P17", "P01")
    assert result.missed.select("break_code", "found_as").row(0) == ("P01", "P17")
    assert result.precision == result.recall == pytest.approx(2 / 3)


def test_a_break_that_nobody_deserves_lowers_precision_only() -> None:
    result = score(TRUTH, items(*RIGHT, ("P", "P04", "P/ogloba/order/0009")), DAY)
    assert (result.precision, result.recall) == (0.75, 1.0)
    by_code = {row["break_code"]: row for row in result.by_code.iter_rows(named=True)}
    assert by_code["P04"]["precision"] == 0.0
    assert by_code["P01"]["precision"] == 1.0


def test_the_same_break_twice_is_false_once() -> None:
    result = score(TRUTH, items(*RIGHT, RIGHT[0]), DAY)
    assert result.false_breaks.height == 1


def test_closed_items_do_not_count() -> None:
    listed = items(*RIGHT, ("P", "P04", "P/ogloba/order/0009"))
    states = pl.Series("state", ["OPEN", "OPEN", "OPEN", "RESOLVED"])
    assert score(TRUTH, listed.with_columns(states), DAY).is_perfect


def test_an_empty_day_is_perfect() -> None:
    assert score(TRUTH, items(), date(2026, 11, 21)).is_perfect


def test_truth_keeps_its_keys_as_text(tmp_path: Path) -> None:
    TRUTH.write_csv(tmp_path / "truth.csv")
    assert read_truth(tmp_path / "truth.csv").equals(TRUTH)
