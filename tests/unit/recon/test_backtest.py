"""Two lists of a day are compared break by break; money is summed by currency, doubtful figures apart."""

from __future__ import annotations

import polars as pl

from recon.backtest import differences, sums_of
from recon.breaks.items import ITEM_SCHEMA
from tests.support.listed import DAY, Item, item


def listed(*items: Item) -> pl.DataFrame:
    return pl.DataFrame(list(items), schema=ITEM_SCHEMA)


REAL = listed(item("A"), item("B", amount_at_risk_minor=500), item("C"), item("D", state="WAITING", currency="JPY"))
OTHER = listed(
    item("A"),
    item("B", amount_at_risk_minor=700, currency="KWD"),
    item("E", flags="SCALE", amount_at_risk_minor=9_999),
    item("F", amount_at_risk_minor=30),
)


def test_each_break_that_is_not_the_same_is_named_once() -> None:
    found = differences(REAL, OTHER)
    named = [(row["change"], row["break_id"][-1]) for row in found.iter_rows(named=True)]
    assert named == [("APPEARS", "E"), ("APPEARS", "F"), ("CHANGES", "B"), ("VANISHES", "C"), ("VANISHES", "D")]
    assert found["as_of_day"].unique().to_list() == [DAY]
    assert differences(REAL, REAL).is_empty()
    assert sums_of(differences(REAL, REAL)).is_empty()


def test_currencies_are_never_added_and_doubtful_figures_are_counted_apart() -> None:
    sums = [row[1:] for row in sums_of(differences(REAL, OTHER)).iter_rows()]
    assert sums == [
        ("APPEARS", "EUR", 0, 0, 2, 30, 1),
        ("CHANGES", "EUR", 1, 500, 0, 0, 0),
        ("CHANGES", "KWD", 0, 0, 1, 700, 0),
        ("VANISHES", "EUR", 1, 250, 0, 0, 0),
        ("VANISHES", "JPY", 1, 250, 0, 0, 0),
    ]
