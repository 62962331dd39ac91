"""When a clearing batch is due: so many business days after its day, later if its amount is carried over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from recon.settlement.terms import SettlementTerms

Row = dict[str, Any]


def fix_due_days(batches: list[Row], terms: SettlementTerms, until: date) -> None:
    """Writes `first_due_day`, `due_day` and `is_carried` into the batches of one set.

    Batches that wait on a settlement day are netted: if the net is enough, or Alipay+ settled one of them, that day is
    their due day; else they wait for the next one, as they do when the net is zero. `until` is the last settlement day
    that can be looked at.
    """
    for batch in batches:
        batch["first_due_day"] = batch["due_day"] = terms.due_day(batch["clearing_day"])
        batch["is_carried"] = False
    waiting: list[Row] = []
    left = sorted(batches, key=lambda batch: batch["first_due_day"], reverse=True)
    moment = min((batch["first_due_day"] for batch in batches), default=until)
    while moment <= until:
        while left and left[-1]["first_due_day"] <= moment:
            waiting.append(left.pop())
        waiting = [batch for batch in waiting if not _is_settled_before(batch, moment)]
        if _is_settled_on(waiting, moment, terms):
            for batch in waiting:
                batch["due_day"] = moment
            waiting = []
        moment = terms.calendar.next(moment)
        if not waiting and left:
            moment = max(moment, left[-1]["first_due_day"])
        elif not waiting:
            return
    for batch in waiting:
        batch["due_day"], batch["is_carried"] = moment, True


def _is_settled_before(batch: Row, day: date) -> bool:
    first: date | None = batch["first_settled_day"]
    return first is not None and first < day


def _is_settled_on(waiting: Sequence[Row], day: date, terms: SettlementTerms) -> bool:
    if any(batch["first_settled_day"] == day for batch in waiting):
        return True
    amounts = [batch["cleared_minor"] for batch in waiting]
    is_nothing = not sum(amounts) and any(amounts)  # payments and refunds of several days that make up for each other
    return not is_nothing and terms.is_enough(sum(amounts))
