"""Ordinary life beyond the plain sale: it deserves no break, everything here must stay unseen.

Declined and cancelled sales, full and partial refunds, answers that come late but come, sales and
cancels at the very second where a day ends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sandbox.faults import Fault
from sandbox.instants import DAY, MINUTE, SECOND, day_start, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.scenarios.steps import later
from sandbox.stage import Stage, after
from sandbox.world import TEST_STORE, Store

Play = Callable[[Stage, date], None]


def _sold(stage: Stage, day: date, **wishes: object) -> Redemption:
    return stage.sell_at(stage.daytime(day, 2, 15), **wishes)


# -- sales -----------------------------------------------------------------------------------


def declined(stage: Stage, day: date) -> None:
    stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), SECOND, declines=True))


def known_by_inquiry(stage: Stage, day: date) -> None:
    with stage.acting(Fault.NOTICE_LOST):
        stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), 40 * SECOND))


def known_by_notice(stage: Stage, day: date) -> None:
    with stage.acting(Fault.INQUIRY_DOWN):
        stage.sell_at(stage.daytime(day), wallet=Wallet(stage.psp(), 25 * SECOND))


def answer_lost(stage: Stage, day: date) -> None:
    with stage.acting(Fault.PAY_ANSWER_LOST):
        stage.sell_at(stage.daytime(day))


def abandoned_and_cancelled(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    row = stage.sell_at(at, wallet=Wallet(stage.psp(), None))
    stage.ogloba.cancel(at + 190 * SECOND, row)


def paid_and_cancelled(stage: Stage, day: date) -> None:
    at = stage.daytime(day)
    with stage.acting(Fault.CONFIRM_LOST):
        row = stage.sell_at(at)
    stage.ogloba.cancel(at + 10 * MINUTE, row)


def unconfirmed_and_refunded(stage: Stage, day: date) -> None:
    with stage.acting(Fault.CONFIRM_LOST):
        row = _sold(stage, day)
    stage.void(later(stage, row), row)


def dropped_and_refunded(stage: Stage, day: date) -> None:
    with stage.acting(Fault.CONFIRM_LOST):
        row = _sold(stage, day)
    stage.ogloba.drop_sale(row.upd_tm + MINUTE, row)
    stage.void(later(stage, row), row)


def resubmitted_and_refunded(stage: Stage, day: date) -> None:
    """Charged twice, and the first one given back on the same day."""
    sale = stage.sale(stage.daytime(day, 2, 15))
    with stage.acting(Fault.CONFIRM_LOST):
        first = stage.sell(sale)
    stage.sell(sale._replace(at=sale.at + 4 * MINUTE))
    stage.void(later(stage, first), first)


def test_till(stage: Stage, day: date) -> None:
    """A till on the test environment: nothing reaches the production reports."""
    row = stage.sell_at(stage.daytime(day), store=Store(TEST_STORE, "EUR", "EUR", 0))
    stage.alipayplus.payments[row.ref_no].entries.clear()


# -- refunds ---------------------------------------------------------------------------------


def refunded_in_full(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    stage.void(later(stage, row), row)


def refunded_in_part(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    stage.void(later(stage, row), row, row.amt // 50 * 10)


def refunded_in_equal_parts(stage: Stage, day: date) -> None:
    """Thirds of a sale in a foreign currency: rounding leaves a residue."""
    row = _sold(stage, day, currency=stage.random.choice(("JPY", "KRW", "KWD", "GBP")))
    third, at = row.amt // 3, later(stage, row)
    for part in (third, third, row.amt - 2 * third):
        stage.void(at, row, part)
        at += 11 * MINUTE


def refunded_in_unequal_parts(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    at = later(stage, row)
    for share in (2, 3, 4):
        stage.void(at, row, row.amt * share // 10)
        at += 4 * MINUTE


def refunded_over_two_days(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    first = row.amt // 4
    stage.void(later(stage, row), row, first)
    stage.void(stage.daytime(after(day), 11, 18), row, row.amt - first)


def refunded_on_the_next_day(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    stage.void(stage.daytime(after(day), 11, 18), row)


def refunded_before_the_run(stage: Stage, day: date) -> None:
    """After midnight, before the reports are there: it belongs to the next day."""
    row = _sold(stage, day)
    stage.void(stage.daytime(after(day), 1, 7), row)


def refund_of_old_sale(stage: Stage, day: date) -> None:
    """Sold before the first day: no report of ours holds the payment."""
    old = stage.days[0] - timedelta(days=stage.random.randrange(3, 200))
    row = stage.sell_at(stage.daytime(old))
    stage.void(stage.daytime(day), row)


def refund_repeated_at_once(stage: Stage, day: date) -> None:
    row = _sold(stage, day)
    at = later(stage, row)
    with stage.acting(Fault.REFUND_ANSWER_LOST):
        void = stage.void(at, row)
    stage.ogloba.repeat_refund(at + 5 * MINUTE, void)


def refund_refused(stage: Stage, day: date) -> None:
    row = _sold(stage, day, wallet=Wallet(stage.psp(), refuses_refunds=True))
    at = later(stage, row)
    stage.ogloba.refuse_void(at + MINUTE, stage.void(at, row))


# -- the very second -------------------------------------------------------------------------


def _paid_at(stage: Stage, instant: int) -> None:
    stage.sell_at(instant - 2 * SECOND - SECOND // 5, wallet=Wallet(stage.psp(), 2 * SECOND))


def paid_in_the_last_second(stage: Stage, day: date) -> None:
    _paid_at(stage, day_start(day) + DAY - SECOND)


def paid_in_the_first_second(stage: Stage, day: date) -> None:
    _paid_at(stage, day_start(day) + DAY)


def cancelled_in_time(stage: Stage, day: date) -> None:
    """00:14:59 and 00:15:00 UTC+8 of the next day are in time."""
    for last in (moment(after(day), 0, 14, 59), moment(after(day), 0, 15)):
        with stage.acting(Fault.CONFIRM_LOST):
            row = stage.sell_at(stage.daytime(day))
        stage.ogloba.cancel(last, row)


ONCE_A_DAY: tuple[Play, ...] = (
    paid_in_the_last_second,
    paid_in_the_first_second,
    cancelled_in_time,
)
SHARES: tuple[tuple[Play, float], ...] = (  # of all sales of a day
    (declined, 0.025),
    (known_by_inquiry, 0.006),
    (known_by_notice, 0.004),
    (answer_lost, 0.004),
    (abandoned_and_cancelled, 0.006),
    (paid_and_cancelled, 0.005),
    (unconfirmed_and_refunded, 0.002),
    (dropped_and_refunded, 0.002),
    (resubmitted_and_refunded, 0.001),
    (test_till, 0.001),
    (refunded_in_full, 0.014),
    (refunded_in_part, 0.006),
    (refunded_in_equal_parts, 0.003),
    (refunded_in_unequal_parts, 0.003),
    (refunded_over_two_days, 0.003),
    (refunded_on_the_next_day, 0.006),
    (refunded_before_the_run, 0.002),
    (refund_of_old_sale, 0.004),
    (refund_repeated_at_once, 0.002),
    (refund_refused, 0.001),
)
