"""The decisions in force about a break: the newest of each kind, and what waits for a second person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from recon.breaks.catalogue import State
from recon.decisions import TWO_PERSONS, Decision, Kind
from recon.orders import INSTANT
from recon.schema import Schema

STANDING_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "break_id": pl.String,
    "state": pl.String,  # ACCEPTED, WRITTEN_OFF, or null: the break is on the list
    "owner": pl.String,
    "snoozed_until": pl.Date,
    "comment": pl.String,  # the newest
    "reference": pl.String,  # of a claim or a payment by hand, the newest
    "waits_for_approval": pl.String,  # ACCEPT or WRITE_OFF, or null
    "lapsed": pl.String,  # ACCEPT or WRITE_OFF that two persons agreed on, but the facts have changed since
    "decided_by": pl.String,  # who asked to accept or write off
    "approved_by": pl.String,
    "decided_at": INSTANT,  # of the approval
    "because": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,  # at risk when it was decided
    "decision_id": pl.String,
    "file_count": pl.Int64,  # attached
}
AFTER = {Kind.ACCEPT: State.ACCEPTED, Kind.WRITE_OFF: State.WRITTEN_OFF}


@dataclass(frozen=True)
class Standing:
    """The decisions in force about one break. `asked`: the newest request for two persons; `closed_by`: its answer."""

    newest: Mapping[Kind, Decision]
    asked: Decision | None
    closed_by: Decision | None
    file_count: int

    @property
    def pending(self) -> Decision | None:
        """What waits for a second person."""
        return self.asked if self.closed_by is None else None

    @property
    def approved(self) -> Decision | None:
        """What two persons agreed on."""
        return self.asked if self.closed_by and self.closed_by.kind is Kind.APPROVE else None

    def was_approved_on(self, day: object) -> bool:
        """Whether two persons agreed on the list of a day: it counts from the next one on."""
        return self.approved is not None and self.closed_by is not None and self.closed_by.as_of_day == day

    def value(self, *kinds: Kind) -> str | None:
        """The value of the newest decision of these kinds."""
        found = [self.newest[kind] for kind in kinds if kind in self.newest]
        return max(found, key=lambda one: one.seq).value if found else None


def standings(decisions: Iterable[Decision]) -> dict[str, Standing]:
    """By break id; `decisions` in the order of the chain."""
    by_break: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_break[decision.break_id].append(decision)
    return {name: _standing(some) for name, some in by_break.items()}


def _standing(decisions: list[Decision]) -> Standing:
    newest = {decision.kind: decision for decision in decisions}
    asked = next((one for one in reversed(decisions) if one.kind in TWO_PERSONS), None)
    closing = [
        one for one in decisions
        if asked and one.kind in (Kind.APPROVE, Kind.REFUSE) and one.value == asked.decision_id
    ]  # fmt: skip
    return Standing(newest, asked, closing[-1] if closing else None, sum(one.kind is Kind.ATTACH for one in decisions))


def standing_row(day: date, break_id: str, state: str | None, standing: Standing) -> dict[str, object]:
    """One row of STANDING_SCHEMA; `state`: ACCEPTED or WRITTEN_OFF where the decision holds on this day."""
    agreed, pending = standing.approved, standing.pending
    asked = agreed or pending
    comment, snoozed = standing.newest.get(Kind.COMMENT), standing.value(Kind.SNOOZE)
    return {
        "as_of_day": day,
        "break_id": break_id,
        "state": state,
        "owner": standing.value(Kind.ASSIGN),
        "snoozed_until": date.fromisoformat(snoozed) if snoozed else None,
        "comment": comment.because if comment else None,
        "reference": standing.value(Kind.CLAIM, Kind.PAY),
        "waits_for_approval": str(pending.kind) if pending else None,
        "lapsed": str(agreed.kind) if agreed and not state else None,
        "decided_by": asked.decided_by if asked else None,
        "approved_by": standing.closed_by.decided_by if agreed and standing.closed_by else None,
        "decided_at": _utc(standing.closed_by.decided_at) if agreed and standing.closed_by else None,
        "because": asked.because if asked else None,
        "currency": asked.facts["currency"] if asked else None,
        "amount_minor": asked.facts["amount_at_risk_minor"] if asked else None,
        "decision_id": asked.decision_id if asked else None,
        "file_count": standing.file_count,
    }


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=None)
