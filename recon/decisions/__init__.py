"""What people decide about breaks: evidence like an answer of Alipay+, and never an edit of data.

A decision names the list on which a person saw the break (`as_of_day`) and the facts it rests on; it counts from the
list of the next day on, so that a day that runs again gives the same list. Accepting a difference and writing it off
need a second person; they take the break off the list for as long as its facts stay what they were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from recon.breaks.catalogue import OF_ITS_DAY

Fact = str | int | None
# What a decision rests on. If one of them changes, an accepted or written-off break is open again.
FACTS = (
    "break_code", "currency", "order_amount_minor", "report_currency", "report_amount_minor", "amount_at_risk_minor",
    "flags", "provider_transaction_id", "answer",
)  # fmt: skip


class Kind(StrEnum):
    """What a person can do with a break."""

    ASSIGN = "ASSIGN"  # value: a person or a team
    COMMENT = "COMMENT"
    ATTACH = "ATTACH"  # value: sha256 of the kept file, and its name
    SNOOZE = "SNOOZE"  # value: the day on which it comes back, never after its deadline
    ACCEPT = "ACCEPT"  # the difference; needs a second person
    WRITE_OFF = "WRITE_OFF"  # the amount; needs a second person
    CLAIM = "CLAIM"  # claimed at Alipay+; value: their reference
    PAY = "PAY"  # paid by hand; value: the reference of the payment
    APPROVE = "APPROVE"  # value: decision_id of what was asked
    REFUSE = "REFUSE"  # value: decision_id of what was asked


TWO_PERSONS = (Kind.ACCEPT, Kind.WRITE_OFF)


@dataclass(frozen=True)
class Wanted:
    """What a person asks for, before it is checked and kept."""

    break_id: str
    kind: Kind
    value: str = ""
    because: str = ""


@dataclass(frozen=True)
class Person:
    """Who decides, and how that is known: `account` of the operating system, or a `token`."""

    name: str
    known_by: str


@dataclass(frozen=True)
class Decision:
    """One decision as it is kept. `seq` counts from 1; `sha256` covers all other fields and the decision before it."""

    seq: int
    decision_id: str
    decided_at: datetime  # UTC
    decided_by: str
    known_by: str
    as_of_day: date
    break_id: str
    kind: Kind
    value: str
    because: str
    facts: Mapping[str, Fact]
    before_sha256: str
    sha256: str


def facts_of(item: Mapping[str, object]) -> dict[str, Fact]:
    """The facts of a break, from a row with the columns FACTS; what is not there is None.

    Flags about the day on which a row came are none: they end with that day, and nothing has changed.
    """
    facts = {name: value if isinstance(value := item.get(name), str | int) else None for name in FACTS}
    flags = facts["flags"]
    if isinstance(flags, str):
        facts["flags"] = " ".join(flag for flag in flags.split() if flag not in OF_ITS_DAY)
    return facts


def rests_on(decision: Decision, item: Mapping[str, object]) -> bool:
    """Whether the facts of a break are those that a decision rests on; older decisions kept more flags."""
    return facts_of(decision.facts) == facts_of(item)


def facts_digest(item: Mapping[str, object]) -> str:
    """A short digest of the facts of a break: another one means that they have changed."""
    return hashlib.sha256(json.dumps(facts_of(item), sort_keys=True).encode()).hexdigest()[:16]
