"""How old open breaks are: four spans, a value in one currency, and figures in doubt apart."""

from __future__ import annotations

import polars as pl
import pytest

from recon.breaks.ageing import by_age
from recon.breaks.items import ITEM_SCHEMA
from tests.support.listed import Item, item


def ages(*items: Item) -> dict[str, tuple[int, ...]]:
    frame = by_age(pl.DataFrame(list(items), schema=ITEM_SCHEMA))
    return {span: tuple(numbers) for span, *numbers in frame.iter_rows()}


@pytest.mark.parametrize(
    ("age", "span"),
    [(0, "0 to 1"), (1, "0 to 1"), (2, "2 to 7"), (7, "2 to 7"), (8, "8 to 30"), (30, "8 to 30"), (31, "over 30")],
)
def test_a_break_is_in_one_span(age: int, span: str) -> None:
    found = ages(item("A", age_days=age, value_minor=250, value_currency="EUR"))
    assert found.pop(span) == (1, 250, 0, 0)
    assert set(found.values()) == {(0, 0, 0, 0)}


def test_what_has_no_value_is_counted_apart() -> None:
    found = ages(
        item("A", value_minor=250, value_currency="EUR"),
        item("B", value_minor=429, value_currency="EUR", currency="JPY", amount_at_risk_minor=700),
        item("C", currency="KWD"),
        item("D", amount_at_risk_minor=30_000_000, flags="SCALE"),
        item("E", amount_at_risk_minor=0),
    )
    assert found["2 to 7"] == (5, 679, 1, 1)


def test_only_open_breaks_have_an_age() -> None:
    states = ("WAITING", "NOTED", "ACCEPTED", "WRITTEN_OFF")
    assert ages(*(item(state, state=state) for state in states), item("A", state="ASKED"))["2 to 7"][0] == 1
