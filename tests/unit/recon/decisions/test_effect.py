"""What an approved decision changes on the lists that follow, and how the identity of the register holds with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from recon.breaks.catalogue import OF_ITS_DAY
from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import close_day, register_identity
from recon.decisions import Decision, Kind, Person, Wanted, facts_of, rests_on
from recon.decisions.chain import chained
from recon.decisions.effect import standing_on_list, with_decisions
from tests.support.listed import item

DAY = date(2026, 11, 20)
NAME = "P/ogloba/order/0001"


class Lists:
    """One list after the other, each from what was found and what was decided on earlier ones."""

    def __init__(self) -> None:
        self.day = DAY
        self.opening = pl.DataFrame(schema=ITEM_SCHEMA)
        self.decisions: list[Decision] = []
        self.past: dict[str, list[date]] = {}
        self.states: list[str] = []
        self.moves: list[str] = []

    def close(self, *found: dict[str, object]) -> str | None:
        """The state of the break on this day's list, which then is the opening of the next one."""
        known = {str(row["break_id"]): row for row in self.opening.iter_rows(named=True)}
        rows, self.standing = with_decisions(
            [dict(one, as_of_day=self.day) for one in found], known, self.decisions, self.day
        )
        past = pl.DataFrame(
            [(name, days[0], len(days)) for name, days in self.past.items()],
            schema={"break_id": pl.String, "first_opened_day": pl.Date, "openings": pl.Int32}, orient="row",
        )  # fmt: skip
        items, movements = close_day(rows, self.opening, past, self.day)
        assert not register_identity(self.opening, movements, items).filter(pl.col("residual") != 0).height
        for name, move in movements.select("break_id", "movement").iter_rows():
            if move in ("NEW", "REOPENED"):
                self.past.setdefault(name, []).append(self.day)
        self.moves = movements["movement"].to_list()
        self.items, self.opening, self.day = (
            items,
            items.filter(pl.col("state") != "NOTED"),
            self.day + timedelta(days=1),
        )
        found_state = items.filter(break_id=NAME)["state"].to_list()
        return found_state[0] if found_state else None

    def decide(self, person: str, kind: Kind, **values: Any) -> None:
        """On the list that was closed last."""
        asked = [one for one in self.decisions if one.kind is Kind.ACCEPT]
        wanted = Wanted(NAME, kind, asked[-1].decision_id if kind in (Kind.APPROVE, Kind.REFUSE) else "", "small")
        at = datetime(2026, 11, 21, tzinfo=UTC)
        row = facts_of(self.items.filter(break_id=NAME).row(0, named=True))
        newest = self.decisions[-1] if self.decisions else None
        self.decisions.append(chained(newest, wanted, Person(person, "token"), self.day - timedelta(days=1), row, at))


def found(**values: Any) -> dict[str, object]:
    return item("0001", state="OPEN") | values


def test_two_persons_take_a_break_off_the_list_from_the_next_day_on() -> None:
    lists = Lists()
    assert lists.close(found(), item("0002", state="OPEN")) == "OPEN"
    lists.decide("anna", Kind.ACCEPT)
    assert lists.close(found(), item("0002", state="OPEN")) == "OPEN", "one person is not enough"
    assert lists.standing["waits_for_approval"].to_list() == ["ACCEPT"]
    lists.decide("ben", Kind.APPROVE)
    assert lists.close(found(), item("0002", state="OPEN")) == "ACCEPTED"
    assert sorted(lists.moves) == ["CARRIED", "DECIDED"]
    assert lists.standing.select("state", "decided_by", "approved_by", "amount_minor").row(0) == (
        "ACCEPTED", "anna", "ben", 250,
    )  # fmt: skip
    assert lists.close(found(), item("0002", state="OPEN")) == "ACCEPTED", "and it stays off"
    assert sorted(lists.moves) == ["CARRIED", "KEPT"]


def test_a_list_shows_what_was_decided_on_it_before_it_counts() -> None:
    lists = Lists()
    lists.close(found())
    lists.decide("anna", Kind.ACCEPT)
    assert standing_on_list(lists.decisions, {NAME: "OPEN"}, DAY)["waits_for_approval"].to_list() == ["ACCEPT"]
    lists.decide("ben", Kind.APPROVE)
    said = standing_on_list(lists.decisions, {NAME: "OPEN"}, DAY)
    assert said.select("state", "approved_by", "lapsed", "waits_for_approval").row(0) == (None, "ben", None, None)
    assert standing_on_list(lists.decisions, {NAME: "OPEN"}, DAY - timedelta(days=1)).is_empty()
    after = standing_on_list(lists.decisions, {NAME: "OPEN"}, DAY + timedelta(days=1))
    assert after["lapsed"].to_list() == ["ACCEPT"], "its facts have changed, or it would not be open"


def test_it_comes_back_when_its_facts_change_and_stays_back() -> None:
    lists = accepted()
    assert lists.close(found(report_amount_minor=123_800, amount_at_risk_minor=344)) == "OPEN"
    assert lists.moves == ["REOPENED"]
    assert lists.items["reopened_count"].to_list() == [1]
    assert lists.standing["lapsed"].to_list() == ["ACCEPT"]
    assert lists.close(found()) == "OPEN", "the old decision counts no more, even if the facts are what they were"


def test_an_answer_of_alipayplus_is_a_new_fact() -> None:
    assert accepted().close(found(answer="PAID")) == "OPEN"


@pytest.mark.parametrize("flag", OF_ITS_DAY)
def test_what_is_said_of_one_day_only_is_no_fact(flag: str) -> None:
    """R06 with R11: the refund cleared a day late. The next list does not say that again."""
    lists = Lists()
    lists.close(found(flags=f"{flag} R03s"))
    lists.decide("anna", Kind.ACCEPT)
    lists.decide("ben", Kind.APPROVE)
    assert lists.close(found(flags="R03s")) == "ACCEPTED"
    older = replace(lists.decisions[0], facts=lists.decisions[0].facts | {"flags": f"{flag} R03s"})
    assert rests_on(older, found(flags="R03s")), "as it was kept before"
    assert lists.close(found(flags="R03s NO_ALERT")) == "OPEN"


def test_facts_that_change_before_the_decision_counts_keep_it_open() -> None:
    lists = Lists()
    lists.close(found())
    lists.decide("anna", Kind.ACCEPT)
    lists.decide("ben", Kind.APPROVE)
    assert lists.close(found(amount_at_risk_minor=300)) == "OPEN"
    assert lists.close(found()) == "OPEN"


def test_a_refused_request_changes_nothing() -> None:
    lists = Lists()
    lists.close(found())
    lists.decide("anna", Kind.ACCEPT)
    lists.decide("ben", Kind.REFUSE)
    assert lists.close(found()) == "OPEN"
    assert lists.standing["waits_for_approval"].to_list() == [None]


def test_what_the_data_resolves_after_a_decision_is_reported_and_found_again_it_is_open() -> None:
    lists = accepted()
    assert lists.close() is None
    assert lists.moves == ["ENDED"]
    assert lists.close(found()) == "OPEN"
    assert lists.moves == ["REOPENED"]


def test_a_day_that_runs_again_knows_no_later_decision() -> None:
    lists = Lists()
    lists.close(found())
    opening, day = lists.opening, lists.day
    assert lists.close(found()) == "OPEN"
    lists.decide("anna", Kind.ACCEPT)
    lists.decide("ben", Kind.APPROVE)
    lists.opening, lists.day = opening, day
    assert lists.close(found()) == "OPEN"
    assert lists.close(found()) == "ACCEPTED"


def accepted() -> Lists:
    lists = Lists()
    lists.close(found())
    lists.decide("anna", Kind.ACCEPT)
    lists.decide("ben", Kind.APPROVE)
    assert lists.close(found()) == "ACCEPTED"
    return lists
