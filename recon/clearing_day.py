"""The clearing day: 00:00:00 to 23:59:59 in UTC+8, and the instants that hang on it.

An instant is a `datetime` with a time zone. In tables it is UTC without a zone, in microseconds.
Source of the rules: Alipay+, "Perform reconciliation" and "Cancel or refund a payment".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

CLEARING_ZONE = timezone(timedelta(hours=8), "UTC+8")
CLEARING_ZONE_NAME = "Asia/Shanghai"  # UTC+8 all year, the name that schedulers know
REPORTS_READY = time(8, 0)  # clearing reports of day T are there at 08:00 UTC+8 on T+1
CANCEL_GRACE = timedelta(minutes=15)  # a payment of day T can be cancelled until 00:15 on T+1

Clock = Callable[[], datetime]  # the present instant; a rule is given the instant itself


def without_zone(instant: datetime) -> datetime:
    """An instant as tables hold it: in UTC, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def clearing_time(instant: datetime) -> str:
    """An instant, UTC where it names no zone, for an error or a log: `2026-11-21 08:30:00 UTC+8`."""
    known = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return f"{known.astimezone(CLEARING_ZONE):%Y-%m-%d %H:%M:%S} {CLEARING_ZONE}"


def clearing_day(instant: datetime) -> date:
    """The clearing day on which an instant falls."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(CLEARING_ZONE).date()


def day_start(day: date) -> datetime:
    """The first instant of a clearing day, in UTC (16:00:00 of the day before)."""
    return datetime.combine(day, time(0), CLEARING_ZONE).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The first instant after a clearing day, in UTC: days are half-open."""
    return day_start(day + timedelta(days=1))


def days_from(first: date, last: date) -> list[date]:
    """All days, both ends among them, in order; none if the last is before the first."""
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def report_date(day: date) -> date:
    """The day on which the clearing reports of a clearing day are generated: it names their folder."""
    return day + timedelta(days=1)


def day_in_digits(text: str) -> date | None:
    """The day that a folder name such as 20261121 is; None for any other text, one of seven digits too."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def as_of(day: date, grace: timedelta) -> datetime:
    """The instant for which the list of breaks of a day is made: reports ready plus grace, on T+1, in UTC."""
    ready = datetime.combine(report_date(day), REPORTS_READY, CLEARING_ZONE) + grace
    return ready.astimezone(UTC)


def newest_due(now: datetime, grace: timedelta) -> date:
    """The newest clearing day whose list should be made by now (`as_of`)."""
    day = clearing_day(now) - timedelta(days=1)
    return day if as_of(day, grace) <= now else day - timedelta(days=1)


def cancel_deadline(created_at: datetime) -> datetime:
    """The last instant at which a payment can still be cancelled (inclusive), in UTC."""
    return day_end(clearing_day(created_at)) + CANCEL_GRACE


def refund_deadline(created_at: datetime) -> datetime:
    """The last instant at which a payment can still be refunded (inclusive): one calendar year, in UTC."""
    local = created_at.astimezone(CLEARING_ZONE)
    try:
        later = local.replace(year=local.year + 1)
    except ValueError:  # 29 February
        later = local.replace(year=local.year + 1, day=28)
    return later.astimezone(UTC)
