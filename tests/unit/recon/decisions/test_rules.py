"""Who may decide what: four eyes, limits by amount, no snooze past a deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from recon.decisions import Decision, Kind, Person, Wanted, facts_of
from recon.decisions.chain import chained
from recon.decisions.rules import Limit, refusal
from recon.decisions.standing import Standing, standings
from tests.support.listed import item

DAY, NOON = date(2026, 11, 20), datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ANNA, BEN, CHRIS = (Person(name, "token") for name in ("anna", "ben", "chris"))
LIMITS = (
    Limit(Kind.ACCEPT, "EUR", 300, frozenset({"anna", "ben"}), frozenset({"ben", "chris"})),
    Limit(Kind.ACCEPT, "EUR", 10_000, frozenset({"anna"}), frozenset({"chris"})),
    Limit(Kind.WRITE_OFF, "EUR", 1_000, frozenset({"anna"}), frozenset({"chris"})),
)


def row(**values: Any) -> dict[str, object]:
    return item("0001", answer=None, **values)


def said(*steps: tuple[Person, Kind], **values: Any) -> Standing:
    """What stands after these steps about the break."""
    made: list[Decision] = []
    for person, kind in steps:
        standing = standings(made).get("P/ogloba/order/0001")
        value = standing.pending.decision_id if standing and standing.pending else ""
        wanted = Wanted("P/ogloba/order/0001", kind, value, "small")
        made.append(chained(made[-1] if made else None, wanted, person, DAY, facts_of(row(**values)), NOON))
    return standings(made)["P/ogloba/order/0001"]


def asks(kind: Kind, person: Person, standing: Standing | None = None, value: str = "", **values: Any) -> str | None:
    reason = refusal(Wanted("P/ogloba/order/0001", kind, value, "small"), row(**values), standing, person, LIMITS)
    return reason.what if reason else None


def test_who_may_ask_follows_the_amount() -> None:
    assert asks(Kind.ACCEPT, BEN) is None
    assert asks(Kind.ACCEPT, BEN, amount_at_risk_minor=301) == "ben may not ask to accept 3.01 EUR"
    assert asks(Kind.ACCEPT, ANNA, amount_at_risk_minor=10_000) is None
    assert asks(Kind.ACCEPT, ANNA, amount_at_risk_minor=10_001) == (
        "100.01 EUR is above 100.00 EUR, the most that may be decided this way"
    )
    assert asks(Kind.ACCEPT, CHRIS) == "chris may not ask to accept 2.50 EUR"


def test_no_limit_means_no() -> None:
    assert asks(Kind.WRITE_OFF, ANNA, currency="JPY") == "no limit says who may write off JPY"
    assert asks(Kind.ACCEPT, ANNA, currency=None) == "its amount is not known"


@pytest.mark.parametrize("values", [{"break_code": "P09"}, {"flags": "LATE SCALE"}, {"break_code": "I03"}])
def test_what_is_in_doubt_cannot_be_closed(values: dict[str, Any]) -> None:
    assert asks(Kind.ACCEPT, ANNA, **values) == "its amount is in doubt"


def test_the_same_person_never_approves() -> None:
    both = (Limit(Kind.ACCEPT, "EUR", 300, frozenset({"ben"}), frozenset({"ben", "chris"})),)
    reason = refusal(Wanted("x", Kind.APPROVE), row(), said((BEN, Kind.ACCEPT)), BEN, both)
    assert reason is not None
    assert reason.what == "ben asked for it"
    assert refusal(Wanted("x", Kind.APPROVE), row(), said((BEN, Kind.ACCEPT)), CHRIS, both) is None


def test_who_may_approve_follows_the_amount_and_the_kind() -> None:
    assert asks(Kind.APPROVE, CHRIS, said((ANNA, Kind.ACCEPT))) is None
    assert asks(Kind.APPROVE, BEN, said((ANNA, Kind.ACCEPT))) is None
    assert asks(Kind.APPROVE, BEN, said((ANNA, Kind.WRITE_OFF))) == "ben may not approve 2.50 EUR"
    large = {"amount_at_risk_minor": 5_000}
    assert asks(Kind.APPROVE, BEN, said((ANNA, Kind.ACCEPT), **large), **large) == "ben may not approve 50.00 EUR"


def test_nothing_is_approved_that_nobody_asked_for_or_that_changed_since() -> None:
    assert asks(Kind.APPROVE, CHRIS) == "there is no request to accept or write it off"
    assert asks(Kind.APPROVE, CHRIS, said((ANNA, Kind.ACCEPT), (CHRIS, Kind.REFUSE))) == (
        "there is no request to accept or write it off"
    )
    assert asks(Kind.APPROVE, CHRIS, said((ANNA, Kind.ACCEPT)), report_amount_minor=123_707) == (
        "its facts have changed since anna asked"
    )


def test_what_waits_or_is_decided_is_not_asked_for_again() -> None:
    assert asks(Kind.WRITE_OFF, ANNA, said((ANNA, Kind.ACCEPT))) == "anna asked to accept it already"
    assert asks(Kind.ACCEPT, ANNA, state="ACCEPTED") == "it is accepted or written off already"
    assert asks(Kind.ACCEPT, ANNA, said((ANNA, Kind.ACCEPT), (CHRIS, Kind.REFUSE))) is None


def test_whoever_asked_may_take_it_back_and_others_may_not() -> None:
    assert asks(Kind.REFUSE, BEN, said((BEN, Kind.ACCEPT))) is None
    assert asks(Kind.REFUSE, Person("eve", "account"), said((BEN, Kind.ACCEPT))) == "eve may not approve 2.50 EUR"


@pytest.mark.parametrize(
    ("until", "why"),
    [
        ("2026-11-20", "2026-11-20 is not after 2026-11-20, the day of the list"),
        ("2026-11-21", None),
        ("2026-11-24", None),
        ("2026-11-25", "its deadline is on 2026-11-24"),
    ],
)
def test_a_snooze_ends_at_the_deadline_of_the_clearing_day(until: str, why: str | None) -> None:
    deadline = datetime(2026, 11, 24, 15, 59)  # noqa: DTZ001 - tables are UTC without a zone: 23:59 in UTC+8
    assert asks(Kind.SNOOZE, ANNA, value=until, deadline_at=deadline) == why


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Kind.ASSIGN, "assign needs a person or a team"),
        (Kind.CLAIM, "claim needs the reference of Alipay+"),
        (Kind.PAY, "pay needs the reference of the payment"),
    ],
)
def test_a_reference_is_named(kind: Kind, why: str) -> None:
    assert asks(kind, ANNA) == why
    assert asks(kind, ANNA, value="X-1") is None


@pytest.mark.parametrize("kind", [Kind.ACCEPT, Kind.WRITE_OFF, Kind.COMMENT])
def test_a_reason_is_given(kind: Kind) -> None:
    reason = refusal(Wanted("x", kind, "", " "), row(), None, ANNA, LIMITS)
    assert reason is not None
    assert reason.what == "there is no reason"
