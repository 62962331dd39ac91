"""Who may decide what: four eyes for what closes a break, and no snooze past its deadline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from recon.breaks.at_risk import MARKS_OF_DOUBT
from recon.breaks.catalogue import DECIDED
from recon.breaks.incidents import CAUSES
from recon.clearing_day import clearing_day
from recon.decisions import TWO_PERSONS, Kind, Person, Wanted, rests_on
from recon.decisions.standing import Standing
from recon.money import format_money

IN_DOUBT = {*MARKS_OF_DOUBT, *(cause.code for cause in CAUSES if cause.flag in MARKS_OF_DOUBT)}  # codes and flags
VERBS = {Kind.ACCEPT: "accept", Kind.WRITE_OFF: "write off"}
NEEDS_VALUE = {
    Kind.ASSIGN: "a person or a team", Kind.ATTACH: "a file", Kind.SNOOZE: "a day",
    Kind.CLAIM: "the reference of Alipay+", Kind.PAY: "the reference of the payment",
}  # fmt: skip
NEEDS_REASON = (Kind.COMMENT, *TWO_PERSONS, Kind.REFUSE)


@dataclass(frozen=True)
class Limit:
    """Up to which amount at risk a kind of decision may be asked for, and approved, by whom."""

    kind: Kind  # ACCEPT or WRITE_OFF
    currency: str
    up_to_minor: int
    may_ask: frozenset[str]
    may_approve: frozenset[str]


@dataclass(frozen=True)
class Refusal:
    """Why a decision is not taken, and what to do instead."""

    what: str
    do: str


def refusal(
    wanted: Wanted, item: Mapping[str, object], standing: Standing | None, person: Person, limits: Sequence[Limit]
) -> Refusal | None:
    """None if the person may decide so. `item`: row of the newest list: FACTS, state, deadline_at, as_of_day."""
    if missing := _missing(wanted):
        return missing
    if wanted.kind is Kind.SNOOZE:
        return _snooze(date.fromisoformat(wanted.value), item)
    if wanted.kind in TWO_PERSONS:
        return _request(wanted.kind, item, standing, person, limits)
    if wanted.kind in (Kind.APPROVE, Kind.REFUSE):
        return _second_person(wanted.kind, item, standing, person, limits)
    return None


def _missing(wanted: Wanted) -> Refusal | None:
    if wanted.kind in NEEDS_VALUE and not wanted.value.strip():
        return Refusal(f"{wanted.kind.lower()} needs {NEEDS_VALUE[wanted.kind]}", "Name it")
    if wanted.kind in NEEDS_REASON and not wanted.because.strip():
        return Refusal("there is no reason", "Say why with --because")
    return None


def _snooze(until: date, item: Mapping[str, object]) -> Refusal | None:
    seen, deadline = item["as_of_day"], item["deadline_at"]
    if isinstance(seen, date) and until <= seen:
        return Refusal(f"{until} is not after {seen}, the day of the list", "Choose a later day")
    if isinstance(deadline, datetime):
        last = clearing_day(deadline.replace(tzinfo=UTC))
        if until > last:
            return Refusal(f"its deadline is on {last}", "Choose that day or an earlier one")
    return None


def _request(
    kind: Kind, item: Mapping[str, object], standing: Standing | None, person: Person, limits: Sequence[Limit]
) -> Refusal | None:
    if item["state"] in DECIDED:
        return Refusal("it is accepted or written off already", "Nothing is left to decide")
    if standing and standing.pending:
        return Refusal(
            f"{standing.pending.decided_by} asked to {VERBS[standing.pending.kind]} it already",
            "Let a second person approve or refuse that first",
        )
    if standing and standing.asked and standing.was_approved_on(item["as_of_day"]):
        return Refusal(
            f"two people agreed to {VERBS[standing.asked.kind]} it already",
            "Wait: it counts from the list of the next day on",
        )
    if {item["break_code"], *str(item["flags"] or "").split()} & IN_DOUBT:
        return Refusal("its amount is in doubt", "Find out the right amount first")
    covering = _covering(kind, item, limits)
    if isinstance(covering, Refusal):
        return covering
    if not any(person.name in limit.may_ask for limit in covering):
        return Refusal(
            f"{person.name} may not ask to {VERBS[kind]} {_amount(item)}",
            "Let somebody ask who is in may_ask of [[decisions.limits]]",
        )
    return None


def _second_person(
    kind: Kind, item: Mapping[str, object], standing: Standing | None, person: Person, limits: Sequence[Limit]
) -> Refusal | None:
    asked = standing.pending if standing else None
    if asked is None:
        return Refusal("there is no request to accept or write it off", "Ask first, with --accept or --write-off")
    if kind is Kind.REFUSE and person.name == asked.decided_by:
        return None  # whoever asked may take it back
    if person.name == asked.decided_by:
        return Refusal(f"{person.name} asked for it", "Let a second person approve it")
    covering = _covering(asked.kind, item, limits)
    if isinstance(covering, Refusal):
        return covering
    if not any(person.name in limit.may_approve for limit in covering):
        return Refusal(
            f"{person.name} may not approve {_amount(item)}",
            "Let somebody approve who is in may_approve of [[decisions.limits]]",
        )
    if kind is Kind.APPROVE and not rests_on(asked, item):
        return Refusal(
            f"its facts have changed since {asked.decided_by} asked",
            "Refuse it, look at the break again, and ask again",
        )
    return None


def _covering(kind: Kind, item: Mapping[str, object], limits: Sequence[Limit]) -> list[Limit] | Refusal:
    """The limits under which the amount at risk falls."""
    currency, amount = item["currency"], item["amount_at_risk_minor"]
    if not isinstance(currency, str) or not isinstance(amount, int):
        return Refusal("its amount is not known", "Find out the amount first")
    of_currency = [limit for limit in limits if limit.kind is kind and limit.currency == currency]
    if not of_currency:
        return Refusal(
            f"no limit says who may {VERBS[kind]} {currency}", "Write one in recon.toml under [[decisions.limits]]"
        )
    covering = [limit for limit in of_currency if amount <= limit.up_to_minor]
    if not covering:
        most = format_money(max(limit.up_to_minor for limit in of_currency), currency)
        return Refusal(
            f"{_amount(item)} is above {most}, the most that may be decided this way", "Resolve the break instead"
        )
    return covering


def _amount(item: Mapping[str, object]) -> str:
    return format_money(int(str(item["amount_at_risk_minor"])), str(item["currency"]))
