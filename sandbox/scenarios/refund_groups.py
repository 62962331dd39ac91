"""Faults in what refunds say: other amounts and rates, several at once, originals that are lost."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import MINUTE, SECOND
from sandbox.scenarios.listed import scenario
from sandbox.scenarios.refund_steps import later, part_of, sold, voided_while
from sandbox.stage import Stage, after

# -- other amounts ---------------------------------------------------------------------------


@scenario("R06")
def refund_of_whole_sale_sent(stage: Stage, day: date) -> None:
    void = voided_while(stage, day, Fault.REFUND_SENDS_WHOLE_SALE, share=30)
    stage.truth.refund(void, "R06", day)


@scenario("R06")
def refund_sent_in_wrong_unit(stage: Stage, day: date) -> None:
    currency = stage.random.choice(("EUR", "KWD"))
    slip = Fault.REFUND_SENT_IN_CENTS if currency == "EUR" else Fault.REFUND_SENT_HUNDREDFOLD
    row = sold(stage, day, currency=currency, least=10)
    with stage.acting(slip):
        void = stage.void(later(stage, row), row, row.amt * 4 // 1000 * 100)
    stage.truth.refund(void, "R06", day)


@scenario("R07")
def refunded_concurrently(stage: Stage, day: date) -> None:
    """Two tills at once: neither refund sees the other."""
    row = sold(stage, day)
    at = later(stage, row)
    stage.void(at, row, part_of(row, 70))
    second = stage.void(at + SECOND // 2, row, part_of(row, 50))
    stage.truth.refund(second, "R07", day)


@scenario("R10")
def refunded_twice_by_provider(stage: Stage, day: date) -> None:
    void = voided_while(stage, day, Fault.DOUBLE_REFUND, share=30)
    stage.truth.refund(void, "R10", day)


@scenario("R10")
def till_refunds_twice(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    at = later(stage, row)
    stage.void(at, row, part_of(row, 30))
    second = stage.void(at + 3 * MINUTE, row, part_of(row, 30))
    stage.truth.refund(second, "R10", day)


@scenario("R01", "R10")
def refund_retried_with_new_id(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    at = later(stage, row)
    with stage.acting(Fault.REFUND_ANSWER_LOST):
        first = stage.void(at, row, part_of(row, 30))
    second = stage.void(at + 4 * MINUTE, row, part_of(row, 30))
    stage.truth.refund(first, "R01", day)
    stage.truth.refund(second, "R10", day)


@scenario("R13")
def refund_at_other_rate(stage: Stage, day: date) -> None:
    wishes = {"currency": stage.random.choice(("JPY", "GBP")), "least": 100}
    void = voided_while(stage, day, Fault.REFUND_OTHER_RATE, **wishes)  # type: ignore[arg-type]
    stage.truth.refund(void, "R13", day)


@scenario("R16")
def new_refund_status(stage: Stage, day: date) -> None:
    stage.truth.refund(voided_while(stage, day, Fault.NEW_REFUND_STATUS), "R16", day)


# -- the original, and the group -------------------------------------------------------------


def _before_the_play(stage: Stage) -> int:
    """About six weeks before the first day."""
    return stage.daytime(stage.days[0] - timedelta(days=stage.random.randrange(35, 50)))


@scenario("R08")
def original_archived(stage: Stage, day: date) -> None:
    row = stage.sell_at(_before_the_play(stage), currency="EUR")
    stage.ogloba.archive(row)
    void = stage.void(stage.daytime(day), row)
    stage.truth.refund(void, "R08", day)


@scenario("R08")
def original_stored_as_failed(stage: Stage, day: date) -> None:
    with stage.acting(Fault.PAY_ANSWER_LOST, Fault.TIMEOUT_MEANS_FAILED):
        row = stage.sell_at(_before_the_play(stage))
    void = stage.void(stage.daytime(day), row)
    stage.truth.refund(void, "R08", day)


@scenario("R09")
def voids_merged_under_first_id(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    parts = [part_of(row, 30), part_of(row, 20)]
    stage.ogloba.void_merged(later(stage, row), row.ref_no, parts, own_id=False)
    stage.truth.order(row, "R09", day, family="R")


@scenario("R09")
def voids_merged_under_new_id(stage: Stage, day: date) -> None:
    row = sold(stage, day)
    parts = [part_of(row, 40), part_of(row, 25)]
    stage.ogloba.void_merged(later(stage, row), row.ref_no, parts, own_id=True)
    stage.truth.order(row, "R09", day, family="R")


@scenario("R15")
def part_shown_as_full(stage: Stage, day: date) -> None:
    void = voided_while(stage, day, Fault.PART_SHOWN_AS_FULL, share=40)
    row = stage.ogloba.redemptions[void.orig_ref_no]
    stage.truth.order(row, "R15", day, family="R")


@scenario("R15")
def part_shown_as_full_then_refunded(stage: Stage, day: date) -> None:
    void = voided_while(stage, day, Fault.PART_SHOWN_AS_FULL, share=40)
    row = stage.ogloba.redemptions[void.orig_ref_no]
    stage.void(stage.next_morning(day), row, row.amt - void.amt)
    stage.truth.order(row, "R15", day, after(day), family="R")
