"""Alipay+ settles by the contract, and the bank receives it: no break on any day. One thing otherwise: a break.

The other side is played here day by day, with a calendar of its own: what is due is netted, small and negative sums
wait, a net of zero is told or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recon.settlement.business_days import BusinessDays
from recon.settlement.terms import SettlementTerms
from tests.support.examples import examples
from tests.support.settled import MON, Books

LENGTH, ONE_DAY = 17, timedelta(days=1)
DAYS = [MON + number * ONE_DAY for number in range(LENGTH)]
AFTER = DAYS[-1] + 14 * ONE_DAY  # all that was due is overdue, at the bank too
AMOUNTS = st.lists(st.sampled_from([0, 300, -40, 60, 500, -300, 30]), min_size=LENGTH, max_size=LENGTH)
TERMS = st.builds(
    SettlementTerms,
    days_after_clearing=st.sampled_from([1, 2, 3]),
    calendar=st.builds(BusinessDays, holidays=st.frozensets(st.sampled_from(DAYS), max_size=5)),
    minimum_minor=st.sampled_from([0, 0, 100, 500]),
    pays_negative=st.booleans(),
    value_days=st.sampled_from([0, 1, 2]),
    bank_days=st.sampled_from([0, 1, 2]),
)
FAULTS = (
    "amount",
    "twice",
    "forgotten",
    "other amount",
    "stranger",
    "value date",
    "at the bank",
    "not at the bank",
    "opposite",
)
Line = tuple[str, int]


@dataclass
class Payout:
    """A settlement as it is going to be reported."""

    day: date
    lines: list[Line]
    other: int = 0  # in the total and in no line
    short_at_bank: int = 0
    is_at_bank: bool = True
    days_late: int = 0


def business_day(terms: SettlementTerms, day: date, count: int) -> date:
    """The count-th business day after a day, counted on the fingers."""
    while count:
        day += ONE_DAY
        count -= day.weekday() < 5 and day not in terms.calendar.holidays
    return day


def payouts(terms: SettlementTerms, amounts: list[int], *, tells_zero: bool) -> list[Payout]:
    """What Alipay+ pays on each settlement day."""
    waiting: list[tuple[date, str, int]] = []
    paid = []
    for clearing_day, amount in zip(DAYS, amounts, strict=True):
        waiting.append((business_day(terms, clearing_day, terms.days_after_clearing), f"C{clearing_day:%m%d}", amount))
        day = clearing_day + ONE_DAY
        due = [line for line in waiting if line[0] <= day]
        net = sum(amount for *_, amount in due)
        is_small = (
            abs(net) < terms.minimum_minor or (net < 0 and not terms.pays_negative) or (not net and not tells_zero)
        )
        if not due or is_small or business_day(terms, clearing_day, 1) != day:
            continue
        waiting = [line for line in waiting if line not in due]
        paid.append(Payout(day, [(batch, amount) for _, batch, amount in due]))
    return paid


def spoil(payout: Payout, fault: str) -> bool:
    """One thing otherwise; False where there is nothing that could be."""
    places = [place for place, (_, amount) in enumerate(payout.lines) if amount]
    if not places or (fault == "opposite" and len(places) < 2):
        return False
    first, last = places[0], places[-1]
    batch, amount = payout.lines[first]
    match fault:
        case "amount":
            payout.lines[first] = (batch, amount + 1)
        case "opposite":
            payout.lines[first] = (batch, amount + 5)
            payout.lines[last] = (payout.lines[last][0], payout.lines[last][1] - 5)
        case "twice":
            payout.lines.append(payout.lines[first])
        case "forgotten":
            del payout.lines[first]
        case "stranger":
            payout.lines.append(("C9", 9))
        case "other amount":
            payout.other = -7
        case "value date":
            payout.days_late = 1
        case "at the bank":
            payout.short_at_bank = 1
        case "not at the bank":
            payout.is_at_bank = not sum(amount for _, amount in payout.lines)
            return not payout.is_at_bank
    return True


def books_of(terms: SettlementTerms, amounts: list[int], paid: list[Payout]) -> Books:
    """All of it as the four reports and the bank file say it."""
    books = Books([terms])
    books.receive("S0", 1, MON)  # from then on the bank file has everything
    for day, amount in zip(DAYS, amounts, strict=True):
        books.clear(day, f"C{day:%m%d}", amount)
    for payout in paid:
        name, total = f"S{payout.day:%m%d}", sum(amount for _, amount in payout.lines) + payout.other
        value = business_day(terms, payout.day, terms.value_days or 0) + payout.days_late * ONE_DAY
        books.settle(payout.day, name, *payout.lines, total=total, value=value)
        if payout.is_at_bank:
            books.receive(name, total - payout.short_at_bank, value)
    return books


def codes(books: Books, days: list[date]) -> set[str]:
    """The codes of all breaks on some days, but for what waits."""
    return {found["code"] for day in days for found in books.breaks(day)} - {"B01"}


@examples(15)
@given(terms=TERMS, amounts=AMOUNTS, tells_zero=st.booleans(), fault=st.sampled_from(FAULTS), which=st.integers(0, 9))
def test_honest_books_have_no_break_and_spoilt_ones_have(
    terms: SettlementTerms, amounts: list[int], tells_zero: bool, fault: str, which: int
) -> None:
    paid = payouts(terms, amounts, tells_zero=tells_zero)
    assert codes(books_of(terms, amounts, paid), DAYS[:-1:3]) == set()
    later = paid[1:] if fault == "stranger" else paid  # the first one may hold batches of the time before us
    if later and spoil(later[which % len(later)], fault):
        assert codes(books_of(terms, amounts, paid), [AFTER]) != set()
