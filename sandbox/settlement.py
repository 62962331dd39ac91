"""Alipay+ pays what it cleared: on business days, netted, small sums carried over; and what the bank received.

The plain contract settles every agreement two business days after clearing. The full one has holidays, a day less for
AlipayCN, a minimum for US dollars and faults; the truth is taken from what was really paid. Calendars are kept here
apart from those of the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from recon.money import to_major
from sandbox.world import Agreement, World

_ONE_DAY = timedelta(days=1)
_GOLDEN_WEEK = frozenset(date(2026, 10, number) for number in range(1, 9))
_THANKSGIVING = frozenset({date(2026, 11, 26), date(2026, 11, 27)})
_CHRISTMAS = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)})


class Terms(NamedTuple):
    """What the contract says for one agreement."""

    days: int
    closed: frozenset[date] = frozenset()
    minimum: int = 0
    value_days: int = 1
    bank_days: int = 2  # that a line of the bank may take after the value date

    def after(self, day: date, count: int) -> date:
        """The count-th business day after a day."""
        while count:
            day += _ONE_DAY
            count -= day.weekday() < 5 and day not in self.closed
        return day


PLAIN = Terms(2)
FULL = {
    "2188EU_CN01": Terms(1, _GOLDEN_WEEK),
    "2188US0001": Terms(2, _THANKSGIVING | _CHRISTMAS, minimum=100_000),
    "2188EU0001": Terms(2, _CHRISTMAS),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """What was cleared under one agreement on one day, as the later reports need it."""

    day: date
    agreement: str
    currency: str
    batch_id: str
    count: int
    transactions: int  # net, before fees
    fees: int  # net: charged less returned

    @property
    def settlement(self) -> int:
        """What will be paid, or asked for if negative."""
        return self.transactions - self.fees

    @property
    def key(self) -> str:
        """As the identity of a break names it."""
        return f"{self.agreement}:{self.currency}:{self.batch_id}"


@dataclass(slots=True)
class Payout:
    """One Settlement Report, before and after somebody made a mistake in it."""

    agreement: Agreement
    batch_id: str
    report_day: date
    lines: list[Batch]
    value_date: date
    other: int = 0  # paid beside the lines
    short_at_bank: int = 0
    is_at_bank: bool = True  # False: the bank never receives it
    is_delivered: bool = True  # False: it never reaches the server
    corrected: list[Batch] | None = None  # the lines of a second version that comes later
    scenario: str = ""

    @property
    def total(self) -> int:
        """What is paid."""
        return sum(line.settlement for line in self.lines) + self.other

    @property
    def key(self) -> str:
        """As the identity of a break names it."""
        return f"{self.agreement.id}:{self.agreement.settlement_currency}:{self.batch_id}"


@dataclass
class Settler:
    """Remembers what was cleared and decides what is paid on which day."""

    world: World
    terms: dict[str, Terms] = field(default_factory=dict)  # by agreement; PLAIN for the others
    batches: list[Batch] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    again: list[Batch] = field(default_factory=list)  # paid before, and named once more in the next report
    _unpaid: list[Batch] = field(default_factory=list)

    def note(self, batch: Batch) -> None:
        """A batch was cleared."""
        self.batches.append(batch)
        self._unpaid.append(batch)

    def terms_of(self, agreement: str) -> Terms:
        """What the contract says."""
        return self.terms.get(agreement, PLAIN)

    def due(self, batch: Batch) -> date:
        """The settlement day of a batch, if its amount is not carried over."""
        terms = self.terms_of(batch.agreement)
        return terms.after(batch.day, terms.days)

    def pay(self, report_day: date) -> Iterator[Payout]:
        """The settlements of a day, one per agreement with something to pay."""
        for place, agreement in enumerate(self.world.agreements):
            terms = self.terms_of(agreement.id)
            is_open = terms.after(report_day - _ONE_DAY, 1) == report_day
            due = [batch for batch in self._unpaid if batch.agreement == agreement.id and self.due(batch) <= report_day]
            if not due or not is_open or abs(sum(batch.settlement for batch in due)) < terms.minimum:
                continue
            self._unpaid = [batch for batch in self._unpaid if batch not in due]
            twice = [batch for batch in self.again if batch.agreement == agreement.id]
            self.again = [batch for batch in self.again if batch not in twice]
            payout = Payout(
                agreement,
                f"{report_day:%Y%m%d}9{place + 1:07d}",
                report_day,
                due + twice,
                terms.after(report_day, terms.value_days),
            )
            self.payouts.append(payout)
            yield payout

    def put_back(self, batch: Batch) -> None:
        """Forgotten in a settlement: it stays unpaid."""
        self._unpaid.append(batch)


def contract_of(world: World) -> dict[str, Terms]:
    """The terms of the full contract."""
    return {agreement.id: FULL[agreement.id] for agreement in world.agreements}


def is_entered(payout: Payout) -> bool:
    """Whether the bank file has a line of it."""
    return payout.is_at_bank and payout.corrected is None


def bank_lines(payouts: Iterable[Payout]) -> str:
    """bank.csv: what the bank received, on the value date that was reported; no one enters what is in dispute."""
    rows = [
        f"{payout.batch_id},{currency},{to_major(payout.total - payout.short_at_bank, currency)},{payout.value_date}"
        for payout in payouts
        if is_entered(payout) and (currency := payout.agreement.settlement_currency)
    ]
    return "\n".join(["settlement_batch_id,currency,amount,value_date", *rows]) + "\n"
