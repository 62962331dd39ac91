"""The instants of a day, in UTC without a zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from recon.matching.parameters import day_parameters
from recon.tolerance import Tolerance

DAY, START = date(2026, 11, 20), date(2026, 11, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_instants_of_a_day() -> None:
    values = day_parameters(DAY, START, Tolerance())
    assert values["day_start_at"] == at("2026-11-19 16:00:00")
    assert values["day_end_at"] == at("2026-11-20 16:00:00")
    assert values["first_day_at"] == at("2026-10-31 16:00:00")
    assert values["as_of_at"] == at("2026-11-21 00:30:00")
    assert values["confirm_since"] == at("2026-11-21 00:15:00")
    assert values["init_since"] == at("2026-11-21 00:00:00")
    assert values["is_production"] is True


@pytest.mark.parametrize(("late", "until"), [(0, "2026-11-20 16:00"), (1, "2026-11-19 16:00"), (2, "2026-11-18 16:00")])
def test_when_a_missing_row_becomes_a_break(late: int, until: str) -> None:
    """What was paid before this instant has seen its day and `late_cycles` more."""
    assert day_parameters(DAY, START, Tolerance(late_cycles=late))["overdue_before_at"] == at(until)


def test_the_list_speaks_for_the_end_of_the_grace() -> None:
    values = day_parameters(DAY, START, Tolerance(arrival_grace=timedelta(hours=2)))
    assert values["as_of_at"] == at("2026-11-21 02:00:00")
