"""Business days: weekends, holidays, and days of a weekend on which work is done all the same.

Which days are holidays is given as sets of dates; where they come from is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY, SUNDAY = 5, 6
LONGEST_PAUSE = 366  # days; a calendar with a longer one is wrong
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BusinessDays:
    """A calendar. A working day wins over a holiday and over a weekend."""

    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})  # 0 is Monday

    def is_open(self, day: date) -> bool:
        """Whether business is done on a day."""
        if day in self.working_days:
            return True
        return day not in self.holidays and day.weekday() not in self.weekend

    def next(self, day: date) -> date:
        """The first business day after a day. Raises ValueError if none comes within a year."""
        for _ in range(LONGEST_PAUSE):
            day += _ONE_DAY
            if self.is_open(day):
                return day
        raise ValueError(f"the calendar has no business day within {LONGEST_PAUSE} days")

    def after(self, day: date, count: int) -> date:
        """T+n: the n-th business day after a day, which need not be one itself; n of 0 is the day or the next one."""
        if count == 0:
            return day if self.is_open(day) else self.next(day)
        for _ in range(count):
            day = self.next(day)
        return day


def shared_days(calendars: Iterable[BusinessDays]) -> BusinessDays:
    """The days that are business days in every one of the calendars."""
    given = tuple(calendars) or (BusinessDays(),)
    holidays = frozenset().union(*(each.holidays for each in given))
    weekend = frozenset().union(*(each.weekend for each in given))
    extra = frozenset().union(*(each.working_days for each in given))
    working = frozenset(day for day in extra if all(each.is_open(day) for each in given))
    return BusinessDays(holidays - working, working, weekend)
