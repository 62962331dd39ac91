"""Business days: weekends, holidays, working weekends, and counting over them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.settlement.business_days import BusinessDays, shared_days

FRI, SAT, SUN, MON, TUE = (date(2026, 11, 20) + timedelta(days=n) for n in range(5))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def test_a_weekend_is_stepped_over() -> None:
    plain = BusinessDays()
    assert plain.next(FRI) == MON
    assert not plain.is_open(SAT)
    assert not plain.is_open(SUN)


@pytest.mark.parametrize(
    ("day", "count", "due"), [(FRI, 1, MON), (FRI, 2, TUE), (SAT, 1, MON), (SUN, 2, TUE), (SAT, 0, MON), (FRI, 0, FRI)]
)
def test_t_plus_n_counts_business_days_only(day: date, count: int, due: date) -> None:
    assert BusinessDays().after(day, count) == due


def test_a_holiday_moves_the_day_and_a_working_weekend_brings_it_back() -> None:
    calendar = BusinessDays(holidays=frozenset({MON}), working_days=frozenset({SUN}))
    assert calendar.after(FRI, 1) == SUN
    assert calendar.after(FRI, 2) == TUE


def test_a_working_day_wins_over_a_holiday() -> None:
    assert BusinessDays(holidays=frozenset({MON}), working_days=frozenset({MON})).is_open(MON)


def test_other_weekends() -> None:
    calendar = BusinessDays(weekend=frozenset({4, 5}))
    assert not calendar.is_open(FRI)
    assert calendar.next(FRI) == SUN


def test_shared_days_are_open_everywhere() -> None:
    works_on_sunday = BusinessDays(working_days=frozenset({SUN}))
    closed_on_monday = BusinessDays(holidays=frozenset({MON}))
    assert not shared_days([works_on_sunday, BusinessDays()]).is_open(SUN)
    assert shared_days([works_on_sunday]).is_open(SUN)
    assert shared_days([works_on_sunday, closed_on_monday]).after(FRI, 1) == TUE
    assert shared_days([]) == BusinessDays()


def test_a_calendar_without_an_open_day_is_refused() -> None:
    never = BusinessDays(weekend=frozenset(range(7)))
    with pytest.raises(ValueError, match="no business day"):
        never.next(FRI)


@given(
    day=DAYS, count=st.integers(1, 9), holidays=st.frozensets(DAYS, max_size=30), extra=st.frozensets(DAYS, max_size=30)
)
def test_after_has_passed_exactly_so_many_open_days(
    day: date, count: int, holidays: frozenset[date], extra: frozenset[date]
) -> None:
    calendar = BusinessDays(holidays, extra)
    due = calendar.after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(calendar.is_open(each) for each in between) == count
    assert calendar.is_open(due)
