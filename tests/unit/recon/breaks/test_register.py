"""The register: what happens to a break from day to day, on random sequences too."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import close_day, register_identity

DAY = date(2026, 11, 20)
PAST = {"break_id": pl.String, "first_opened_day": pl.Date, "openings": pl.Int32}
NOTES = ("P12", "P20", "R11", "R03s")


def item(key: str, code: str = "P04", currency: str = "EUR") -> dict[str, object]:
    """A break as the rules found it."""
    state = "WAITING" if code[0] == "T" else "NOTED" if code in NOTES else "OPEN"
    return dict.fromkeys(ITEM_SCHEMA) | {
        "break_id": key,
        "break_code": code,
        "severity": "S1",
        "state": state,
        "currency": currency,
        "amount_at_risk_minor": 1,
    }


class Register:
    """Days closed one after the other."""

    def __init__(self) -> None:
        self.opening = pl.DataFrame(schema=ITEM_SCHEMA)
        self.openings: dict[str, tuple[date, int]] = {}
        self.day = DAY

    def close(self, *found: dict[str, object]) -> tuple[pl.DataFrame, dict[str, str]]:
        past = pl.DataFrame([(key, *value) for key, value in self.openings.items()], schema=PAST, orient="row")
        items, movements = close_day(list(found), self.opening, past, self.day)
        identity = register_identity(self.opening, movements, items)
        assert identity["residual"].to_list() == [0] * identity.height
        for key, kind in movements.select("break_id", "movement").iter_rows():
            if kind in ("NEW", "REOPENED"):
                first, times = self.openings.get(key, (self.day, 0))
                self.openings[key] = (first, times + 1)
        self.opening = items.filter(pl.col("state") != "NOTED")
        self.day += timedelta(days=1)
        kinds = movements.filter(pl.col("movement") != "NOTED")
        return items, dict(kinds.select("break_id", "movement").iter_rows())


def test_new_carried_changed_resolved_reopened() -> None:
    register = Register()
    assert register.close(item("A"))[1] == {"A": "NEW"}
    assert register.close(item("A"))[1] == {"A": "CARRIED"}
    items, moved = register.close(item("A", "P05"), item("B"))
    assert moved == {"A": "CHANGED", "B": "NEW"}
    assert items.filter(break_id="A").row(0, named=True)["previous_code"] == "P04"
    assert register.close(item("B"))[1] == {"A": "RESOLVED", "B": "CARRIED"}
    items, moved = register.close(item("A"), item("B"))
    assert moved == {"A": "REOPENED", "B": "CARRIED"}
    again = items.filter(break_id="A").row(0, named=True)
    assert (again["first_opened_day"], again["reopened_count"], again["age_days"]) == (DAY, 1, 0)
    assert items.filter(break_id="B").row(0, named=True)["age_days"] == 2


def test_another_currency_is_a_change() -> None:
    register = Register()
    register.close(item("A"))
    assert register.close(item("A", currency="USD"))[1] == {"A": "CHANGED"}


def test_a_note_is_listed_and_not_carried() -> None:
    register = Register()
    items, moved = register.close(item("A", "P12"))
    assert items["state"].to_list() == ["NOTED"]
    assert moved == {}
    items, moved = register.close()
    assert items.is_empty()
    assert moved == {}


def test_what_becomes_a_note_is_resolved() -> None:
    register = Register()
    register.close(item("A", "P03"))
    items, moved = register.close(item("A", "P20"))
    assert moved == {"A": "RESOLVED"}
    assert items["break_code"].to_list() == ["P20"]


FOUND = st.dictionaries(
    st.sampled_from("ABCDE"),
    st.tuples(st.sampled_from(["P04", "P05", "T01", "P20"]), st.sampled_from(["EUR", "JPY"])),
)


@given(days=st.lists(FOUND, max_size=6))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_the_identity_holds_on_any_sequence(days: list[dict[str, tuple[str, str]]]) -> None:
    register = Register()
    for found in days:
        items, _ = register.close(*(item(key, *told) for key, told in found.items()))
        assert items.height == len(found)
        for row in items.iter_rows(named=True):
            assert row["age_days"] == (register.day - timedelta(days=1) - row["opened_day"]).days
            assert row["first_opened_day"] <= row["opened_day"]
