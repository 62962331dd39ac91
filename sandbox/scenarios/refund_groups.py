"""Faults in what refunds say: other amounts and rates, several at once, originals that are lost."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND
from sandbox.ogloba_rows import Redemption, Void
from sandbox.scenarios.listed import Played, scenario
from sandbox.scenarios.steps import later, part_of, sold, voided_while
from sandbox.stage import Stage
from sandbox.truth import Struck, all_refunds_of

# -- other amounts ---------------------------------------------------------------------------


@scenario("R06")
def refund_sent_in_wrong_unit(stage: Stage, day: date) -> Played:
    currency = stage.random.choice(("EUR", "KWD"))
    slip = Fault.REFUND_SENT_IN_CENTS if currency == "EUR" else Fault.REFUND_SENT_HUNDREDFOLD
    row = sold(stage, day, currency=currency, least=10)
    with stage.acting(slip):
        return stage.void(later(stage, row), row, row.amt * 4 // 1000 * 100)


def _voided_twice(stage: Stage, day: date, pause: int, shares: tuple[int, int], *faults: Fault) -> list[Void]:
    """Two voids of hundredths of a sale, the second one after a pause; faults act during the first."""
    row = sold(stage, day)
    at = later(stage, row)
    with stage.acting(*faults):
        first = stage.void(at, row, part_of(row, shares[0]))
    return [first, stage.void(at + pause, row, part_of(row, shares[1]))]


@scenario("R07")
def refunded_concurrently(stage: Stage, day: date) -> Played:
    """Two tills at once: neither refund sees the other."""
    return _voided_twice(stage, day, SECOND // 2, (70, 50))[1]


@scenario("R10")
def till_refunds_twice(stage: Stage, day: date) -> Played:
    return _voided_twice(stage, day, 3 * MINUTE, (30, 30))[1]


@scenario("R01", "R10")
def refund_retried_with_new_id(stage: Stage, day: date) -> Played:
    return [*_voided_twice(stage, day, 4 * MINUTE, (30, 30), Fault.REFUND_ANSWER_LOST)]


@scenario("R13")
def refund_at_other_rate(stage: Stage, day: date) -> Played:
    currency = stage.random.choice(("JPY", "GBP"))
    return voided_while(stage, day, Fault.REFUND_OTHER_RATE, currency=currency, least=100)


# -- the original, and the group -------------------------------------------------------------


def _before_the_play(stage: Stage) -> int:
    """About six weeks before the first day."""
    return stage.daytime(stage.days[0] - timedelta(days=stage.random.randrange(35, 50)))


@scenario("R08")
def original_archived(stage: Stage, day: date) -> Played:
    row = stage.sell_at(_before_the_play(stage), currency="EUR")
    stage.ogloba.forget(row)
    return stage.void(stage.daytime(day), row)


@scenario("R08")
def original_stored_as_failed(stage: Stage, day: date) -> Played:
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        row = stage.sell_at(_before_the_play(stage))
    return stage.void(stage.daytime(day), row)


def _merged(stage: Stage, day: date, shares: tuple[int, int], *, own_id: bool) -> Struck:
    row = sold(stage, day)
    stage.ogloba.void_merged(later(stage, row), row.ref_no, [part_of(row, share) for share in shares], own_id)
    return all_refunds_of(row)


@scenario("R09")
def voids_merged_under_first_id(stage: Stage, day: date) -> Played:
    return _merged(stage, day, (30, 20), own_id=False)


@scenario("R09")
def voids_merged_under_new_id(stage: Stage, day: date) -> Played:
    return _merged(stage, day, (40, 25), own_id=True)


def _part_shown_as_full(stage: Stage, day: date) -> tuple[Redemption, Void]:
    void = voided_while(stage, day, Fault.PART_SHOWN_AS_FULL, share=40)
    return stage.ogloba.redemptions[void.orig_ref_no], void


@scenario("R15")
def part_shown_as_full(stage: Stage, day: date) -> Played:
    row, _ = _part_shown_as_full(stage, day)
    return all_refunds_of(row)


@scenario("R15 -")
def part_shown_as_full_then_refunded(stage: Stage, day: date) -> Played:
    row, void = _part_shown_as_full(stage, day)
    stage.void(stage.next_morning(day), row, row.amt - void.amt)
    return all_refunds_of(row)
