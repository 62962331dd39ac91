"""The zone of our times, from payments that both sides have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from recon.inference import Count, Proposal, not_enough
from recon.listing import counted

STEP = timedelta(minutes=15)  # every zone is a multiple of it away from UTC
NEAR = timedelta(minutes=5)  # that the two sides may name the payment apart
ODD = {timedelta(hours=5, minutes=30): "Asia/Kolkata", timedelta(hours=5, minutes=45): "Asia/Kathmandu",
       timedelta(hours=6, minutes=30): "Asia/Yangon", timedelta(hours=9, minutes=30): "Australia/Darwin"}  # fmt: skip


def zone(pairs: pl.DataFrame, place: str, configured: str) -> Proposal:
    """`pairs`: ours (our time, read as if it were UTC), theirs (the instant of the report in UTC)."""
    known = pairs.drop_nulls()
    offset, count = offset_of(known)
    if not count.is_enough:
        return Proposal("zone", not_enough(count.asked, "payment", " with a time on both sides"))
    if not count.is_clear:
        return Proposal("zone", f"no offset fits nearly all: the most frequent one fits {count}")
    name = _zone_of(offset, configured, known["theirs"][0])
    text = _text(offset)
    if name is None:
        return Proposal(
            "zone", f"our times are {text} ({_of_payments(count)}), which is the offset of no zone known here"
        )
    return Proposal(
        "zone",
        f"our times are {text} ({_of_payments(count)}); one day does not show whether clocks change, so name the real "
        "zone",
        place,
        (f'naive_timezone = "{name}"',),
    )


def _of_payments(count: Count) -> str:
    return f"{count.found:,} of {counted(count.asked, 'payment')}"


def offset_of(pairs: pl.DataFrame) -> tuple[timedelta, Count]:
    """The most frequent distance of our times from UTC, and how many of the pairs have it; no pair has a null."""
    step = STEP // timedelta(microseconds=1)
    apart = (pairs["ours"] - pairs["theirs"]).dt.total_microseconds()
    steps = ((apart + step // 2) // step) * step
    near = (apart - steps).abs() <= NEAR // timedelta(microseconds=1)
    counted = sorted(steps.filter(near).value_counts().iter_rows(), key=lambda one: (-one[1], one[0]))
    offset, found = counted[0] if counted else (0, 0)
    return timedelta(microseconds=offset), Count(found, pairs.height)


def _zone_of(offset: timedelta, configured: str, at: datetime) -> str | None:
    """What is configured if it fits, else a zone that always has the offset."""
    if at.replace(tzinfo=UTC).astimezone(ZoneInfo(configured)).utcoffset() == offset:
        return configured
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return ODD.get(offset)
    if not -12 <= hours <= 14:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def _text(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"
