"""Values as a clerk reads them: money in major units, times in UTC+8, codes and answers in plain words.

Only wording: nothing is read or decided here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from recon.catalogue import CATALOGUE, PENDING, SETTLED
from recon.clearing_day import CLEARING_ZONE
from recon.money import MoneyError, format_money

ZONE = "UTC+8"
NOTHING = "–"
SEVERITIES = {
    "S1": "Someone has lost money or goods now",
    "S2": "Money or state is wrong, and a deadline runs",
    "S3": "A figure or a class is wrong",
    "S4": "Timing or information",
}
ACTORS = {
    "OPS": "Operations",
    "DEV": "Development",
    "MER": "Merchant",
    "FIN": "Finance",
    "A+": "Alipay+ support",
    "nobody": "Nobody",
}
VERDICTS = {
    "CONFIRMS_OURS": "confirms our side",
    "CONFIRMS_REPORT": "confirms the report",
    "CONTRADICTS_BOTH": "contradicts both sides",
    "STILL_UNKNOWN": "still unknown",
}
RESOLVERS = {
    "FILE": "a report line",
    "INQUIRY": "an answer of Alipay+",
    "PERSON": "a change on our side",
}
REPORTS = {
    "transaction_detail": "Transaction Detail",
    "transaction_summary": "Transaction Summary",
    "fee": "Fee",
    "settlement": "Settlement",
}
OUTCOMES_BESIDE = {"NO_REFUND": "the refund is no longer there"}


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


def long_day(day: date) -> str:
    """`Friday, 20 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def instant_text(moment: datetime) -> str:
    """An instant, UTC where it names no zone, as `21 Nov 2026, 08:30 UTC+8`."""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(CLEARING_ZONE)
    return f"{day_text(local.date())}, {local:%H:%M} {ZONE}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 break`, `1,204 breaks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def actor(code: str | None) -> str:
    """Who acts, in a word; what is not known stays as it is."""
    return ACTORS.get(code or "", code or NOTHING)


def outcome(code: str | None) -> str:
    """What the data says now of a break that is gone."""
    if code in CATALOGUE:
        return f"now {code} {CATALOGUE[code].name}"
    known = SETTLED | PENDING | OUTCOMES_BESIDE
    return known.get(code or "", code or NOTHING)


def resolver(code: str | None) -> str:
    """What brought the resolution."""
    return RESOLVERS.get(code or "", NOTHING)
