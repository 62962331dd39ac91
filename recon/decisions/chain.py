"""The chain of decisions: each holds the digest of the one before it, so that none can be changed or taken out unseen.

What was cut off at the end is seen too, because every closed day keeps the digest of the newest decision it knew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

from recon.decisions import TWO_PERSONS, Decision, Fact, Kind, Person, Wanted

START = "0" * 64  # what the first decision holds as the digest before it
ID_LENGTH = 16
TOGETHER = ((*TWO_PERSONS, Kind.APPROVE, Kind.REFUSE), (Kind.CLAIM, Kind.PAY))  # the newest of them counts


def chained(
    before: Decision | None,
    wanted: Wanted,
    person: Person,
    day: date,
    facts: Mapping[str, Fact],
    at: datetime,
    taken: Collection[str] = (),
) -> Decision:
    """The next decision of the chain. `taken`: every `decision_id` of before; the new one is another."""
    said: list[object] = [wanted.break_id, wanted.kind, wanted.value, wanted.because, person.name, day, dict(facts)]
    again = (said if not count else [*said, count] for count in range(len(taken) + 1))
    decision_id = next(name for one in again if (name := _digest(one)[:ID_LENGTH]) not in taken)
    plain = Decision(
        (before.seq if before else 0) + 1, decision_id, at.astimezone(UTC), person.name, person.known_by,
        day, wanted.break_id, wanted.kind, wanted.value, wanted.because, dict(facts),
        before.sha256 if before else START, "",
    )  # fmt: skip
    return replace(plain, sha256=digest_of(plain))


def question_of(decision: Decision) -> tuple[str, ...]:
    """What a decision settles until the next one about the same: the owner of a break, whether it is accepted, ..."""
    kinds = next((some for some in TOGETHER if decision.kind in some), (decision.kind,))
    file = (decision.value,) if decision.kind is Kind.ATTACH else ()  # a break may have several files
    return (decision.break_id, kinds[0], *file)


def repeats(decision: Decision, in_force: Decision | None) -> bool:
    """Whether it is word for word, by the same person on the same list, what is in force."""
    return in_force is not None and _words(decision) == _words(in_force)


def _words(decision: Decision) -> tuple[object, ...]:
    facts = dict(decision.facts)
    return decision.kind, decision.value, decision.because, decision.decided_by, decision.as_of_day, facts


def digest_of(decision: Decision) -> str:
    """sha256 in hexadecimal of every field but the digest itself."""
    kept = asdict(replace(decision, decided_at=decision.decided_at.astimezone(UTC)))
    return _digest([value for name, value in kept.items() if name != "sha256"])


def first_fault(decisions: Sequence[Decision], heads: Mapping[int, str]) -> str | None:
    """What is wrong with a chain, in words; None if it is whole.

    `decisions`: all of them in order. `heads`: seq -> sha256 of the newest decision that closed days knew.
    """
    before = START
    for place, decision in enumerate(decisions, start=1):
        if decision.seq != place:
            return f"decision {place} is missing in the journal of decisions"
        if decision.before_sha256 != before or decision.sha256 != digest_of(decision):
            return f"decision {place} about {decision.break_id} is not what was kept"
        if heads.get(place, decision.sha256) != decision.sha256:
            return f"decision {place} about {decision.break_id} is not the one that a closed day knew"
        before = decision.sha256
    lost = sorted(seq for seq in heads if seq > len(decisions))
    if not lost:
        return None
    first, last = len(decisions) + 1, lost[-1]
    which = f"decision {first} is" if first == last else f"decisions {first} to {last} are"
    return f"{which} missing in the journal of decisions"


def _digest(fields: Sequence[object]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_iso)
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(moment: date) -> str:
    return moment.isoformat()
