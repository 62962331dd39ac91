"""Values as a clerk reads them: money in major units, times in UTC+8, codes and answers in plain words.

Only wording: nothing is read or decided here.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from recon.breaks.catalogue import CATALOGUE, PENDING, SETTLED, State
from recon.breaks.register import Movement
from recon.clearing_day import CLEARING_ZONE
from recon.money import MoneyError, format_money
from recon.reports.kinds import ReportKind

ZONE = "UTC+8"
NOTHING = "–"
SEVERITIES = {
    "S1": "Someone has lost money or goods",
    "S2": "An amount or a status is wrong, and there is a deadline",
    "S3": "A figure or a category is wrong",
    "S4": "Timing or information",
}
ACTORS = {
    "OPS": "Operations",
    "DEV": "Development",
    "MER": "Merchant",
    "FIN": "Finance",
    "A+": "Alipay+ support",
    "nobody": "No one",
}
VERDICTS = {
    "CONFIRMS_OURS": "confirms our side",
    "CONFIRMS_REPORT": "confirms the report",
    "CONTRADICTS_BOTH": "contradicts both sides",
    "STILL_UNKNOWN": "still unknown",
}
ANSWERS = {
    "PAID": "paid",
    "CLOSED": "closed or cancelled",
    "FAILED": "failed",
    "IN_PROCESS": "not final yet",
    "NOT_EXIST": "does not know it",
    "UNCLEAR": "nothing readable",
    "REVIEW": "does not fit our question",
}
RESOLVERS = {
    "FILE": "a report line",
    "INQUIRY": "an answer of Alipay+",
    "PERSON": "a change on our side",
}
REPORTS = {kind.value: kind.definition.label for kind in ReportKind}
STATES: dict[str, str] = {state: state.lower().replace("_", " ") for state in State}
FAMILIES = {"P": "payment", "R": "refund", "C": "fee", "B": "clearing batch or settlement", "I": "incident"}
MOVEMENTS = {
    Movement.NEW.value: "new",
    Movement.REOPENED.value: "came back",
    Movement.CARRIED.value: "carried over",
    Movement.CHANGED.value: "changed its code or currency",
    Movement.RESOLVED.value: "resolved",
    Movement.NOTED.value: "noted",
    Movement.DECIDED.value: "accepted or written off",
    Movement.KEPT.value: "still accepted or written off",
    Movement.ENDED.value: "accepted or written off before, and gone now",
}
OUTCOMES = SETTLED | PENDING | {"NO_REFUND": "the refund is no longer there"}


def money(minor: int | None, currency: str | None) -> str:
    """`1,234.50 EUR`, with a true minus sign; a dash where there is no amount."""
    if minor is None or currency is None:
        return NOTHING
    try:
        return format_money(minor, currency).replace("-", "−")
    except MoneyError:
        return f"an amount in {currency}"


def signed(number: int) -> str:
    """A count that may be too low or too high: `+3`, `−2`."""
    return f"{number:+,}".replace("-", "−")


def day_text(day: date) -> str:
    """`20 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def short_day(day: date) -> str:
    """`20 Nov`, where the year is plain."""
    return f"{day.day} {day:%b}"


def sentence_text(sentence: str) -> str:
    """A sentence of the list with its days as a person reads them."""
    return re.sub(r"(?<=[ns] )\d{4}-\d{2}-\d{2}(?=\.$)", lambda day: day_text(date.fromisoformat(day[0])), sentence)


def long_day(day: date) -> str:
    """`Friday, 20 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def instant_text(moment: datetime) -> str:
    """An instant, UTC where it names no zone, as `21 Nov 2026, 08:30 UTC+8`."""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(CLEARING_ZONE)
    return f"{day_text(local.date())}, {local:%H:%M} {ZONE}"


def morning_text(moment: datetime, days: timedelta) -> str:
    """The morning so many days after that of a list: `22 Nov, 08:30`."""
    local = (moment + days).astimezone(CLEARING_ZONE)
    return f"{short_day(local.date())}, {local:%H:%M}"


def without_break_day(sentence: str) -> str:
    """A sentence of the list without the clearing day on which it becomes a break: the morning is next to it.

    Lists of older days say `turns real`.
    """
    return re.sub(r" It (becomes a break|turns real) on \d{4}-\d{2}-\d{2}\.", "", sentence)


def actor(code: str | None) -> str:
    """Who acts, in a word; what is not known stays as it is."""
    return ACTORS.get(code or "", code or NOTHING)


def place_text(place: str) -> str:
    """`file@v2:63` as `file, version 2, line 63`; what is no such place stays as it is."""
    found = re.fullmatch(r"(?P<file>.+)@v(?P<version>\d+):(?P<line>\d+)", place)
    return f"{found['file']}, version {found['version']}, line {found['line']}" if found else place


def name_text(name: str) -> str:
    """The name of a break as a person reads it: `AMOUNT_DIFF` as `amount diff`; other text stays as it is."""
    return name.replace("_", " ").lower() if re.fullmatch("[A-Z_]+", name) else name


def outcome(code: str | None) -> str:
    """What the data says now of a break that is gone."""
    if code in CATALOGUE:
        return f"now {code}, {CATALOGUE[code].words}"
    return OUTCOMES.get(code or "", code or NOTHING)


def resolver(code: str | None) -> str:
    """What brought the resolution."""
    return RESOLVERS.get(code or "", NOTHING)
