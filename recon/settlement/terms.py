"""What a contract says of settlement: when a clearing batch is due, from which amount on, and when the money is there.

Alipay+ documents two versions (T+1 and T+2 business days) and a minimum amount without its value: all of it is the
contract's, therefore nothing here has a default but the shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from recon.settlement.business_days import BusinessDays

ANY = "*"


@dataclass(frozen=True)
class SettlementTerms:
    """Of one agreement in one settlement currency, or of any."""

    agreement: str = ANY
    currency: str = ANY
    days_after_clearing: int = 2
    calendar: BusinessDays = field(default_factory=BusinessDays)
    minimum_minor: int = 0  # a smaller net amount is carried over to the next settlement day
    pays_negative: bool = True  # a negative net is asked for on the day; otherwise it is carried over
    value_days: int | None = None  # business days from the settlement day to the value date; None: not judged
    bank_days: int | None = None  # business days that a line of the bank may come after the value date; None: for ever

    def due_day(self, clearing_day: date) -> date:
        """The settlement day of a clearing day, if its amount is not carried over."""
        return self.calendar.after(clearing_day, self.days_after_clearing)

    @property
    def can_carry_over(self) -> bool:
        """Whether a settlement day may pass without a settlement because the net is too small, or negative."""
        return self.minimum_minor > 0 or not self.pays_negative

    def is_enough(self, net_minor: int) -> bool:
        """Whether a net amount is settled, and not carried over."""
        if net_minor < 0 and not self.pays_negative:
            return False
        return abs(net_minor) >= self.minimum_minor

    def value_date(self, settlement_day: date) -> date | None:
        """When the money of a settlement should be there; None if the contract does not say."""
        return None if self.value_days is None else self.calendar.after(settlement_day, self.value_days)

    def bank_due(self, value_date: date) -> date | None:
        """The last day on which a line of the bank is not overdue; None if the contract does not say."""
        return None if self.bank_days is None else self.calendar.after(value_date, self.bank_days)


def terms_of(terms: Sequence[SettlementTerms], agreement: str, currency: str) -> SettlementTerms | None:
    """The first line that fits, or None."""
    return next(
        (each for each in terms if each.agreement in (ANY, agreement) and each.currency in (ANY, currency)), None
    )
