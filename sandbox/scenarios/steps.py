"""Small steps that several scenarios share: a sale, and a void, while faults act."""

from __future__ import annotations

from datetime import date

from sandbox.faults import Fault
from sandbox.ogloba_rows import Redemption, Void
from sandbox.stage import Stage, soon

UNHEARD = (Fault.NOTICE_LOST, Fault.INQUIRY_DOWN)  # the notice is lost and the loop gets no answer: INIT for good


def sold_while(stage: Stage, day: date, *faults: Fault, **wishes: object) -> Redemption:
    """A sale during which faults act."""
    with stage.acting(*faults):
        return stage.sell_at(stage.daytime(day), **wishes)


def sold(stage: Stage, day: date, **wishes: object) -> Redemption:
    """A confirmed sale, early enough for a void on the same day."""
    return stage.sell_at(stage.daytime(day, 2, 16), **wishes)


def part_of(row: Redemption, share: int) -> int:
    """About so many hundredths of a sale, in round figures."""
    return row.amt * share // 1000 * 10


def later(stage: Stage, row: Redemption) -> int:
    """When the customer comes back."""
    return row.upd_tm + soon(stage.random)


def voided_while(stage: Stage, day: date, *faults: Fault, share: int = 100, **wishes: object) -> Void:
    """An honest sale, then a void of `share` hundredths during which faults act."""
    row = sold(stage, day, **wishes)
    with stage.acting(*faults):
        return stage.void(later(stage, row), row, row.amt if share == 100 else part_of(row, share))
