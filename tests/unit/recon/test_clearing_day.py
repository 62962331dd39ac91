"""The clearing day: UTC+8, half-open, and the instants that hang on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recon.clearing_day import (
    CLEARING_ZONE_NAME,
    as_of,
    cancel_deadline,
    clearing_day,
    day_end,
    day_in_digits,
    day_start,
    refund_deadline,
    report_date,
)

DAY = date(2026, 11, 20)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-20 15:59:59", DAY),
        ("2026-11-20 15:59:59.999999", DAY),
        ("2026-11-20 16:00:00", date(2026, 11, 21)),
        ("2026-11-19 16:00:00", DAY),
        ("2026-12-31 16:00:00", date(2027, 1, 1)),
    ],
)
def test_it_turns_at_sixteen_hours_utc(instant: str, day: date) -> None:
    assert clearing_day(utc(instant)) == day


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        clearing_day(datetime(2026, 11, 20, 12))  # noqa: DTZ001


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), DAY])
def test_a_day_has_24_hours_whatever_paris_does(day: date) -> None:
    assert day_end(day) - day_start(day) == timedelta(hours=24)
    assert day_end(day) == day_start(day + timedelta(days=1))
    assert day_start(day).astimezone(ZoneInfo(CLEARING_ZONE_NAME)).time().isoformat() == "00:00:00"


@pytest.mark.parametrize(("clock", "utc_hour"), [("2026-07-01 17:59:59", 15), ("2026-12-01 16:59:59", 15)])
def test_the_cut_in_paris_is_in_shopping_hours(clock: str, utc_hour: int) -> None:
    paris = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo("Europe/Paris"))
    assert paris.astimezone(UTC).hour == utc_hour
    assert clearing_day(paris) == paris.date()
    assert clearing_day(paris + timedelta(seconds=1)) == paris.date() + timedelta(days=1)


def test_reports_and_the_instant_of_the_list() -> None:
    assert report_date(DAY) == date(2026, 11, 21)
    assert as_of(DAY, timedelta(minutes=30)) == utc("2026-11-21 00:30:00")


@pytest.mark.parametrize(
    ("created", "deadline"),
    [
        ("2026-11-20 15:59:59", "2026-11-20 16:15:00"),
        ("2026-11-20 16:00:00", "2026-11-21 16:15:00"),
        ("2026-11-20 16:14:59", "2026-11-21 16:15:00"),
    ],
)
def test_cancel_deadline(created: str, deadline: str) -> None:
    assert cancel_deadline(utc(created)) == utc(deadline)


@pytest.mark.parametrize(
    ("created", "deadline"),
    [
        ("2026-11-20 04:00:00", "2027-11-20 04:00:00"),
        ("2027-02-28 04:00:00", "2028-02-28 04:00:00"),
        ("2028-02-29 04:00:00", "2029-02-28 04:00:00"),
        ("2028-02-28 16:00:00", "2029-02-27 16:00:00"),  # it is 29 February in UTC+8
        ("2028-02-29 16:00:00", "2029-02-28 16:00:00"),  # it is 1 March in UTC+8
    ],
)
def test_refund_deadline(created: str, deadline: str) -> None:
    assert refund_deadline(utc(created)) == utc(deadline)


@pytest.mark.parametrize(
    "text", ["2026111", "2026-1-11", "202611011", "20261301", "2026 1 1", "\uff120261101", "", "today"]
)
def test_a_folder_is_a_day_only_if_all_its_digits_are_there(text: str) -> None:
    assert day_in_digits("20261101") == date(2026, 11, 1)
    assert day_in_digits(text) is None
