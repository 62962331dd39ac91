"""What goes wrong between clearing and bank, one mistake to a settlement, and what each batch deserves on each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from sandbox.settlement import Batch, Payout, Settler, is_entered
from sandbox.truth import Deserved

EVERY = 2  # every second settlement has a mistake
_ONE_DAY = timedelta(days=1)
Spoil = Callable[[Settler, Payout], bool]


def settled_amount_wrong(settler: Settler, payout: Payout) -> bool:
    """One euro less than was cleared."""
    place = next((place for place, line in enumerate(payout.lines) if line.settlement), None)
    if place is None:
        return False
    line = payout.lines[place]
    payout.lines[place] = replace(line, transactions=line.transactions - 100)
    return True


def other_amount_settled(settler: Settler, payout: Payout) -> bool:
    """The total has an amount that no line explains."""
    payout.other = -2_500
    return True


def settled_again(settler: Settler, payout: Payout) -> bool:
    """The next settlement names a batch that this one has paid."""
    paid = [line for line in payout.lines if line.settlement]
    settler.again += paid[:1]
    return bool(paid)


def batch_forgotten(settler: Settler, payout: Payout) -> bool:
    """One of several batches is left out and comes with the next settlement."""
    filled = [line for line in payout.lines if line.settlement]
    if len(filled) < 2:
        return False
    payout.lines.remove(filled[0])
    settler.put_back(filled[0])
    return True


def unknown_batch_settled(settler: Settler, payout: Payout) -> bool:
    """A line names a batch that was never reported."""
    first = settler.batches[0].day
    terms = settler.terms_of(payout.agreement.id)
    earlier = [each for each in settler.payouts if each.agreement is payout.agreement and each is not payout]
    if payout.report_day <= terms.after(first, terms.days) or not earlier:
        return False  # it could be a batch of the time before
    line = payout.lines[0]
    unknown = replace(line, batch_id=f"{line.batch_id[:8]}77777777", count=3, transactions=7_700, fees=0)
    payout.lines.append(unknown)
    return True


def value_date_late(settler: Settler, payout: Payout) -> bool:
    """The money is promised for a later day than agreed."""
    payout.value_date = settler.terms_of(payout.agreement.id).after(payout.value_date, 1)
    return True


def bank_received_less(settler: Settler, payout: Payout) -> bool:
    """A bank on the way kept something."""
    payout.short_at_bank = 1_500
    return True


def bank_received_nothing(settler: Settler, payout: Payout) -> bool:
    """The settlement is announced, and no money comes; the bank file has an earlier one."""
    payout.is_at_bank = not _is_in_time_of_bank_file(settler, payout, but=payout)
    return not payout.is_at_bank


def report_not_delivered(settler: Settler, payout: Payout) -> bool:
    """The file never reaches the server; Alipay+ shows it in the Partner Workspace."""
    payout.is_delivered = False
    return True


def report_reissued(settler: Settler, payout: Payout) -> bool:
    """The first version has a wrong amount, the second one, days later, the right one."""
    payout.corrected = list(payout.lines)
    return settled_amount_wrong(settler, payout)


SPOILS: tuple[Spoil, ...] = (
    settled_amount_wrong,
    other_amount_settled,
    settled_again,
    batch_forgotten,
    unknown_batch_settled,
    value_date_late,
    bank_received_less,
    report_not_delivered,
    report_reissued,
    bank_received_nothing,
)


class Mistakes:
    """Spoils every second settlement that has money in it, each time in another way."""

    def __init__(self, settler: Settler) -> None:
        self._settler = settler
        self._left: list[Spoil] = []
        self._count = 0

    def make(self, payout: Payout) -> None:
        """Spoils a payout if it is its turn."""
        if not payout.total:
            return
        self._count += 1
        if self._count % EVERY:
            return
        self._left = self._left or list(SPOILS)
        for spoil in self._left:
            if spoil(self._settler, payout):
                payout.scenario = spoil.__name__
                self._left.remove(spoil)
                return


def deserved(settler: Settler, days: Iterable[date]) -> Iterator[Deserved]:
    """Every line of the truth; the run of a day sees the reports of the day after."""
    last = max(settler.batches, key=lambda batch: batch.day).day + _ONE_DAY
    due = _due_days(settler, last)
    for day in days:
        seen = [payout for payout in settler.payouts if payout.is_delivered and payout.report_day <= day + _ONE_DAY]
        for batch in (batch for batch in settler.batches if batch.day <= day):
            yield from _of_batch(batch, seen, day, due.get(batch.key, last + _ONE_DAY))
        for payout in seen:
            yield from _of_payout(settler, payout, day)


def _of_batch(batch: Batch, seen: list[Payout], day: date, due: date) -> Iterator[Deserved]:
    paid = [(line.settlement, payout) for payout in seen for line in payout.lines if line.batch_id == batch.batch_id
            and line.agreement == batch.agreement]  # fmt: skip
    amounts = [amount for amount, _ in paid]
    if amounts and sum(amounts) != batch.settlement:
        code = "B03" if len(amounts) > 1 and batch.settlement in amounts else "B04"
        scenario = "settled_again" if code == "B03" else paid[0][1].scenario
    elif not amounts and batch.settlement:
        code, scenario = ("B02", "not_settled_when_due") if due <= day + _ONE_DAY else ("B01", "not_settled_yet")
    else:
        return
    yield Deserved(day, "B", "batch", batch.key, code, batch.settlement, batch.currency, scenario)


def _due_days(settler: Settler, last: date) -> dict[str, date]:
    """Batch -> the first day on which all that waits is enough, or on which a report of that day paid something."""
    found: dict[str, date] = {}
    for agreement in {batch.agreement for batch in settler.batches}:
        terms = settler.terms_of(agreement)
        own = [batch for batch in settler.batches if batch.agreement == agreement]
        paid = {
            line.batch_id: payout.report_day
            for payout in reversed(settler.payouts)
            if payout.is_delivered and payout.agreement.id == agreement
            for line in payout.lines
        }
        moment = min(settler.due(batch) for batch in own)
        while moment <= last:
            waiting = [
                batch
                for batch in own
                if batch.key not in found and settler.due(batch) <= moment <= paid.get(batch.batch_id, moment)
            ]
            is_paid = any(paid.get(batch.batch_id) == moment for batch in waiting)
            if is_paid or abs(sum(batch.settlement for batch in waiting)) >= terms.minimum:
                found |= {batch.key: moment for batch in waiting}
            moment = terms.after(moment, 1)
    return found


def _of_payout(settler: Settler, payout: Payout, day: date) -> Iterator[Deserved]:
    currency = payout.agreement.settlement_currency
    known = {batch.batch_id for batch in settler.batches if batch.agreement == payout.agreement.id}
    for line in payout.lines:
        if line.batch_id not in known:
            yield Deserved(day, "B", "batch", line.key, "B05", line.settlement, currency, payout.scenario)
    codes = {
        "B07": payout.short_at_bank and payout.value_date <= day + _ONE_DAY,
        "B08": _is_overdue(settler, payout, day),
        "B05": payout.other,
        "B06": payout.scenario == "value_date_late" and payout.report_day == day + _ONE_DAY,
    }
    code = next((code for code, is_so in codes.items() if is_so), None)
    if code:
        yield Deserved(day, "B", "settlement", payout.key, code, payout.total, currency, payout.scenario)


def _is_overdue(settler: Settler, payout: Payout, day: date) -> bool:
    terms = settler.terms_of(payout.agreement.id)
    is_late = terms.after(payout.value_date, terms.bank_days) < day + _ONE_DAY
    return is_late and bool(payout.total) and not is_entered(payout) and _is_in_time_of_bank_file(settler, payout)


def _is_in_time_of_bank_file(settler: Settler, payout: Payout, but: Payout | None = None) -> bool:
    entered = (each for each in settler.payouts if each is not but and is_entered(each))
    return any(each.value_date <= payout.value_date for each in entered)
