"""Instants of the play: whole numbers of microseconds since 1970 in UTC, cheap to add and compare.

Days and times of day are those of the clearing zone (UTC+8). No clock is ever read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOREVER = 253_370_764_800 * SECOND  # 9999-01-01, the end of a row that is still current
CANCEL_GRACE = 15 * MINUTE
_ORIGIN = date(1970, 1, 1)
_ZONE = 8 * HOUR


def day_start(day: date) -> int:
    """00:00:00 UTC+8 of a day."""
    return (day - _ORIGIN).days * DAY - _ZONE


def moment(day: date, hour: int, minute: int = 0, second: int = 0) -> int:
    """A time of day in UTC+8."""
    return day_start(day) + hour * HOUR + minute * MINUTE + second * SECOND


def day_of(instant: int) -> date:
    """The clearing day on which an instant falls."""
    return _ORIGIN + timedelta(days=(instant + _ZONE) // DAY)


def as_datetime(instant: int) -> datetime:
    """The same in UTC."""
    return datetime.fromtimestamp(instant // SECOND, UTC) + timedelta(microseconds=instant % SECOND)


@cache
def compact(day: date) -> str:
    """20261120, as ids and folders begin."""
    return f"{day:%Y%m%d}"


def whole_second(instant: int) -> int:
    """The second in which an instant lies: Alipay+ writes its times in seconds."""
    return instant // SECOND * SECOND


def year_later(instant: int) -> int:
    """The same time one calendar year later; 29 February becomes the 28th."""
    day = day_of(instant)
    later = _same_day_in(day, day.year + 1)
    return day_start(later) + instant - day_start(day)


def year_before(day: date) -> date:
    """The same day of the year before; 29 February becomes the 28th."""
    return _same_day_in(day, day.year - 1)


def _same_day_in(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
