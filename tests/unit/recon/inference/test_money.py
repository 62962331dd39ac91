"""The unit of amounts, and decimals that are lost; never from a few rows."""

from __future__ import annotations

import polars as pl
import pytest

from recon.inference import LEAST
from recon.inference.money import precision_lost, unit


def pairs(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=["raw", "currency", "report_minor"], orient="row")


def proposed(rows: pl.DataFrame) -> tuple[str, tuple[str, ...]]:
    found = unit(rows, "payments amount", "[orders.payments]", "amount_unit")
    return found.found, found.toml


@pytest.mark.parametrize(
    ("raw", "toml"),
    [("10.50", 'amount_unit = "major"'), ("10.5", 'amount_unit = "major"'), ("1050", 'amount_unit = "minor"')],
)
def test_the_unit_in_which_nearly_all_amounts_agree(raw: str, toml: str) -> None:
    found, lines = proposed(pairs(*[(raw, "EUR", 1050)] * 19, ("1.00", "EUR", 777)))
    assert lines == (toml,)
    assert found.endswith("units in 19 of 20 amounts")


def test_few_rows_and_currencies_without_decimals_decide_nothing() -> None:
    found, lines = proposed(pairs(*[("10.50", "EUR", 1050)] * (LEAST - 1), *[("500", "JPY", 500)] * 50))
    assert lines == ()
    assert found == "not enough: 19 amounts in a currency with decimals, 20 are needed"
    assert proposed(pairs(("10.50", "EUR", 1050)))[1] == ()


def test_rows_that_agree_in_neither_unit_decide_nothing() -> None:
    found, lines = proposed(pairs(*[("10.50", "EUR", 1050)] * 15, *[("1050", "EUR", 1050)] * 15))
    assert lines == ()
    assert found == "neither unit fits nearly all: major in 15 of 30, minor in 15 of 30"


def test_decimals_that_a_column_cuts_off_are_named() -> None:
    """NUMERIC(12,2): 1.234 KWD is kept as 1.23."""
    cut = [("1.23", "KWD", 1234), ("4.57", "KWD", 4567), ("2.50", "KWD", 2500)] * 10
    (lost,) = precision_lost(pairs(*cut, *[("10.50", "EUR", 1050)] * 30), "precision")
    assert lost.found.startswith(
        "KWD has 3 decimals, and no amount of ours more than 2: the rest was cut off in 20 of 30."
    )
    assert "NUMERIC(15,3)" in lost.found
    assert lost.toml == ()


def test_a_column_that_holds_them_is_not_blamed_and_few_rows_only_hint() -> None:
    kept = [("1.234", "KWD", 1234), ("4.57", "KWD", 4567)] * 10
    assert precision_lost(pairs(*kept, *[("1050", "EUR", 1050), ("1", "EUR", 1)] * 30), "precision") == []
    (hint,) = precision_lost(pairs(("1.23", "KWD", 1234)), "precision")
    assert hint.found.startswith("KWD: not enough: 1 amount, 20 are needed")
