"""Money at risk: one sum per currency, and apart from it the figures whose unit or currency is in doubt."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from recon.breaks.at_risk import money_at_risk

SCHEMA = {"break_code": pl.String, "flags": pl.String, "currency": pl.String, "amount_at_risk_minor": pl.Int64}


def sums(*rows: tuple[str, str | None, str | None, int | None], by: str = "") -> list[tuple[Any, ...]]:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(party=pl.lit("customer"))
    return money_at_risk(frame, *([by] if by else [])).rows()


@pytest.mark.parametrize(
    ("code", "flags", "is_in_doubt"),
    [
        ("P08", "", False),
        ("P08", None, False),
        ("P08", "SCALE", True),
        ("R06", "NEAR SCALE", True),
        ("P08", "SCALED UPSCALE", False),  # another word, not the flag
        ("P09", "", True),
        ("P21", "P09", True),  # it showed another currency when our side last had it
        ("P01", "P09 SCALE", True),
        ("R09", "", False),
    ],
)
def test_a_wrong_unit_or_currency_puts_the_figure_in_doubt(code: str, flags: str | None, is_in_doubt: bool) -> None:
    assert sums((code, flags, "EUR", 100)) == [("EUR", 0, 0, 1, 100) if is_in_doubt else ("EUR", 1, 100, 0, 0)]


def test_currencies_and_figures_in_doubt_are_never_added() -> None:
    rows = [("P01", "", "EUR", 100), ("P02", "", "EUR", 20), ("P09", "", "EUR", 9_000), ("P01", "", "JPY", 5)]
    assert sums(*rows) == [("EUR", 2, 120, 1, 9_000), ("JPY", 1, 5, 0, 0)]


def test_what_has_no_amount_or_no_currency_is_in_no_sum() -> None:
    assert sums(("T01", "", "EUR", 0), ("P01", "", "USD", None), ("P06", "", None, 100)) == []


def test_the_parts_are_by_what_one_asks_for() -> None:
    assert sums(("P01", "", "EUR", 100), by="party") == [("EUR", "customer", 1, 100, 0, 0)]
