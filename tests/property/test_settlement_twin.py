"""Random books against a naive reading: outcomes, due days, and money that is never lost."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from recon.settlement.business_days import BusinessDays
from recon.settlement.edges import settlement_edges
from recon.settlement.terms import SettlementTerms
from tests.support.control_totals import CLEARED
from tests.support.examples import examples
from tests.support.settled import MON, Books

DAYS = [MON + timedelta(days=n) for n in range(16)]
NEVER = MON + timedelta(days=99)
AMOUNTS = st.sampled_from([-300, -40, 0, 30, 60, 500])
TERMS = st.builds(
    SettlementTerms,
    days_after_clearing=st.sampled_from([1, 2]),
    calendar=st.builds(BusinessDays, holidays=st.frozensets(st.sampled_from(DAYS), max_size=4)),
    minimum_minor=st.sampled_from([0, 100]),
    pays_negative=st.booleans(),
)
# what happens to a batch: days after its due day, and the parts in which it is paid
FATES = st.tuples(
    st.sampled_from([0, 0, 0, 1, 3, 90]), st.sampled_from(["all", "all", "twice", "less", "halves", "back"])
)


def parts(amount: int, how: str) -> list[int]:
    return {
        "all": [amount], "twice": [amount, amount], "less": [amount - 7], "halves": [amount // 2, amount - amount // 2],
        "back": [amount, -amount],
    }[how]  # fmt: skip


@examples(15)
@given(terms=TERMS, amounts=st.lists(AMOUNTS, min_size=1, max_size=12), data=st.data())
def test_every_batch_has_the_outcome_of_a_naive_reading(terms: SettlementTerms, amounts: list[int], data) -> None:
    books, paid = Books([terms]), defaultdict(list)
    for place, amount in enumerate(amounts):
        delay, how = data.draw(FATES)
        books.clear(DAYS[place], f"C{place}", amount)
        day = terms.calendar.after(terms.due_day(DAYS[place]), delay) if delay < 90 else NEVER
        for part in parts(amount, how):
            paid[day].append((f"C{place}", part))
    for day, lines in sorted(paid.items()):
        if day != NEVER:
            books.settle(day, f"S{day:%m%d}", *lines)
    for day in DAYS:
        found, due = books.outcomes(day), books.due(day)
        for batch, outcome in found.items():
            cleared = next(row["cleared_minor"] for row in books.cleared if row["clearing_batch_id"] == batch)
            seen = [minor for moment, lines in paid.items() if moment <= day + timedelta(days=1)
                    for name, minor in lines if name == batch]  # fmt: skip
            assert outcome.split()[0] == naive(cleared, seen, is_due=due[batch] <= day + timedelta(days=1))
            assert terms.calendar.is_open(due[batch])
            assert due[batch] >= terms.due_day(
                next(r["clearing_day"] for r in books.cleared if r["clearing_batch_id"] == batch)
            )
            assert "CARRIED_OVER" not in outcome or outcome.startswith("B01")
        for edge in settlement_edges(day, books.as_of(day)):
            assert edge.edge != CLEARED or edge.residual == 0


def naive(cleared: int, seen: list[int], *, is_due: bool) -> str:
    if not seen:
        return "NOTHING_TO_PAY" if not cleared else "B02" if is_due else "B01"
    if sum(seen) == cleared:
        return "SETTLED"
    is_more = abs(sum(seen)) > abs(cleared) and sum(seen) * cleared > 0
    return "B03" if len(seen) > 1 and cleared in seen and is_more else "B04"


@examples(15)
@given(terms=TERMS, amounts=st.lists(AMOUNTS, min_size=1, max_size=12))
def test_what_is_carried_over_was_never_enough_on_any_day_before(terms: SettlementTerms, amounts: list[int]) -> None:
    """Nothing is ever paid: each batch is due on the first day on which all that waits is enough."""
    books = Books([terms])
    for place, amount in enumerate(amounts):
        books.clear(DAYS[place], f"C{place}", amount)
    first = {f"C{place}": terms.due_day(DAYS[place]) for place in range(len(amounts))}
    last = DAYS[-1]
    due, waiting = {}, []
    moment = MON
    while moment <= last + timedelta(days=1):
        waiting += [batch for batch, day in first.items() if day == moment]
        if terms.calendar.is_open(moment) and terms.is_enough(sum(amounts[int(batch[1:])] for batch in waiting)):
            due |= dict.fromkeys(waiting, moment)
            waiting = []
        moment += timedelta(days=1)
    found = books.due(last)
    assert {batch: found[batch] for batch in due} == due
    assert all(found[batch] > last + timedelta(days=1) for batch in set(found) - set(due))
