"""Each identity of a day, broken on purpose: the table says which one, by how much, and names it first."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from recon.identities import CONSERVATION, REGISTER
from recon.tie_out import CONTROL_TOTALS, EDGE_SCHEMA, Verdict, is_count
from recon.tie_out.proof import first_failing, identities

DAY = date(2026, 11, 20)
AMOUNTS = tuple(name for name in CONTROL_TOTALS if not is_count({"edge": name}))
SIDES = tuple(CONSERVATION)


def edges(broken: str = "") -> pl.DataFrame:
    rows = [
        dict.fromkeys(EDGE_SCHEMA)
        | {
            "as_of_day": DAY,
            "edge": name,
            "participant_agreement_id": "A1",
            "settlement_currency": "EUR",
            "batch_id": "B1",
            "left_name": "sum of the rows",
            "left_value": 100,
            "right_name": "amount of the section",
            "right_value": 90 if name == broken else 100,
            "residual": 10 if name == broken else 0,
            "verdict": str(Verdict.DIFFERENT if name == broken else Verdict.EQUAL),
        }
        for name in AMOUNTS
    ]
    return pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row")


def conservation(lost: str = "", uncounted: str = "") -> pl.DataFrame:
    rows = [
        (DAY, side, outcome, count)
        for name in SIDES
        for side, outcome, count in (
            (f"input {name}", "ALL", 10),
            (name, "X", 4 if name == lost else 5),
            (name, "Y", 5),
        )
        if side != f"input {uncounted}"
    ]
    return pl.DataFrame(rows, schema=["as_of_day", "side", "outcome", "row_count"], orient="row")


def register(residual: int = 0) -> pl.DataFrame:
    return pl.DataFrame({"break_code": ["P01"], "currency": ["EUR"], "closing": [3], "residual": [residual]})


def test_a_day_on_which_everything_holds() -> None:
    table = identities(edges(), conservation(), register())
    assert first_failing(table) is None
    assert table["edge"].to_list() == [*CONSERVATION.values(), *AMOUNTS, REGISTER]
    assert table["residual"].to_list() == [0] * table.height
    assert table["as_of_day"].unique().to_list() == [DAY]


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_control_total_that_does_not_fit(name: str) -> None:
    failing = first_failing(identities(edges(name), conservation(), register()))
    assert failing == (
        f"{name} (A1 EUR B1): sum of the rows is 1.00 EUR, amount of the section is 0.90 EUR, 0.10 EUR left over"
    )


@pytest.mark.parametrize("side", SIDES)
def test_an_input_without_an_outcome(side: str) -> None:
    failing = first_failing(identities(edges(), conservation(lost=side), register()))
    assert failing == f"{CONSERVATION[side]}: input {side} is 10, {side} with an outcome is 9, 1 left over"


def test_inputs_that_nobody_counted() -> None:
    failing = first_failing(identities(edges(), conservation(uncounted="rows"), register()))
    assert failing == f"{CONSERVATION['rows']}: input rows was not counted"


def test_a_break_that_came_or_went_unseen() -> None:
    failing = first_failing(identities(edges(), conservation(), register(residual=-1)))
    assert failing == f"{REGISTER} (EUR): opening and movements of P01 is 2, closing list of P01 is 3, -1 left over"


def test_the_first_that_fails_is_named() -> None:
    failing = first_failing(identities(edges(AMOUNTS[0]), conservation(lost="refunds"), register(residual=1)))
    assert failing is not None
    assert failing.startswith(f"{CONSERVATION['refunds']}: ")
