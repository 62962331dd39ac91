"""No decision can be changed, taken out or cut off without the chain telling it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from recon.decisions import Decision, Kind, Person, Wanted
from recon.decisions.chain import chained, digest_of, first_fault

DAY, NOON = date(2026, 11, 20), datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
FACTS = {"break_code": "P08", "currency": "EUR", "amount_at_risk_minor": 250}


def chain_of(count: int) -> list[Decision]:
    made: list[Decision] = []
    for number in range(count):
        wanted = Wanted(f"P/ogloba/order/{number}", Kind.COMMENT, because=f"asked the shop, {number}")
        made.append(chained(made[-1] if made else None, wanted, Person("anna", "account"), DAY, FACTS, NOON))
    return made


def test_a_chain_as_it_was_made_is_whole() -> None:
    made = chain_of(5)
    assert first_fault(made, {3: made[2].sha256, 5: made[4].sha256}) is None
    assert first_fault([], {}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"because": "nothing"}, {"decided_by": "ben"}, {"break_id": "P/ogloba/order/9"}, {"kind": Kind.ACCEPT},
        {"value": "x"}, {"decided_at": NOON + timedelta(seconds=1)}, {"as_of_day": DAY + timedelta(days=1)},
        {"facts": FACTS | {"amount_at_risk_minor": 251}}, {"known_by": "token"}, {"decision_id": "0" * 16},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("is_resealed", [False, True], ids=["digest left", "digest made anew"])
def test_a_changed_field_is_reported(changes: dict[str, Any], is_resealed: bool) -> None:
    made = chain_of(4)
    forged = replace(made[1], **changes)
    made[1] = replace(forged, sha256=digest_of(forged)) if is_resealed else forged
    assert "decision" in str(first_fault(made, {}))


def test_a_decision_taken_out_is_reported() -> None:
    made = chain_of(4)
    assert first_fault([made[0], *made[2:]], {}) == "decision 2 is missing in the journal of decisions"


def test_decisions_cut_off_at_the_end_are_reported_once_a_day_was_closed_on_them() -> None:
    made = chain_of(4)
    heads = {4: made[3].sha256}
    assert first_fault(made[:2], heads) == "decisions 3 to 4 are missing in the journal of decisions"
    assert first_fault(made[:3], heads) == "decision 4 is missing in the journal of decisions"


def test_a_whole_chain_made_anew_is_reported_by_a_closed_day() -> None:
    made = chain_of(3)
    other = [replace(one, because="invented") for one in made]
    for place, one in enumerate(other):
        chained_on = replace(one, before_sha256=other[place - 1].sha256 if place else one.before_sha256)
        other[place] = replace(chained_on, sha256=digest_of(chained_on))
    assert first_fault(other, {}) is None
    assert "is not the one that a closed day knew" in str(first_fault(other, {2: made[1].sha256}))
