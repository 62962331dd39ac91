"""The daily digest of a team: what is on its part of the list, in words and figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from recon.clearing_day import as_of
from resources.settings.alerts import DigestSettings
from tests.support.asking import DAY
from views.alerts.digest import DIGEST_SCHEMA, daily_digests

MOMENT = as_of(DAY, timedelta(minutes=30))
OPS = DigestSettings(team="operations", who_acts=("OPS", "A+"), channels=("mail",))
FINANCE = DigestSettings(team="finance", who_acts=("FIN",), channels=("mail",))
Row = dict[str, Any]


def row(key: str, **changes: Any) -> Row:
    """An S1 break of 12.34 EUR that the day carried."""
    return {
        "break_id": f"P/ogloba/order/{key}", "family": "P", "break_code": "P01", "break_name": "PAID_STILL_INIT",
        "severity": "S1", "state": "OPEN", "currency": "EUR", "amount_at_risk_minor": 1234, "value_minor": 1234,
        "value_currency": "EUR", "who_acts": "OPS", "what_to_do": "Store the result.", "reopened_count": 0,
        "opened_day": DAY - timedelta(days=3), "movement": "CARRIED",
    } | changes  # fmt: skip


def digests(*rows: Row) -> dict[str, tuple[str, list[str]]]:
    """Team -> title and lines."""
    frame = pl.DataFrame(list(rows), schema=DIGEST_SCHEMA)
    made = daily_digests(frame, [OPS, FINANCE], DAY, MOMENT)
    return {digest.team: (digest.text.title, digest.text.what.splitlines()) for digest in made}


def fingerprint(*rows: Row) -> str:
    frame = pl.DataFrame(list(rows), schema=DIGEST_SCHEMA)
    return daily_digests(frame, [OPS], DAY, MOMENT)[0].fingerprint


def test_what_is_open_new_due_soon_oldest_at_risk_and_decided() -> None:
    title, lines = digests(
        row("A", movement="NEW", opened_day=DAY),
        row("B", movement="CHANGED", who_acts="A+", what_to_do="Send both lines."),
        row("C", currency="JPY", amount_at_risk_minor=5000, value_minor=3125, deadline_at=datetime(2026, 11, 22, 16)),  # noqa: DTZ001
        row("D", flags="SCALE", amount_at_risk_minor=99_000_000, value_minor=None, opened_day=date(2026, 10, 30)),
        row("E", state="WAITING", movement="NEW"),
        row("F", state="ACCEPTED", movement="DECIDED", decided_currency="EUR", decided_minor=250),
        row("G", state="WRITTEN_OFF", movement="DECIDED", decided_currency="JPY", decided_minor=90),
        row("H", state="ACCEPTED", movement="KEPT", decided_currency="EUR", decided_minor=7),
        row("I", waits_for_approval="ACCEPT", snoozed_until=DAY + timedelta(days=2)),
        row("J", who_acts="FIN"),
    )["operations"]
    assert title == "Daily digest of operations for 2026-11-20: 5 open, 2 new"
    assert lines == [
        "Open: 5 breaks, 37.02 EUR, 5,000 JPY at risk; in doubt: 990,000.00 EUR; 1 of them snoozed.",
        "In the reporting currency: 5,000 JPY is worth 31.25 EUR.",
        "New, or with another code: 2 breaks, 24.68 EUR at risk:",
        "- 1 x P01 PAID_STILL_INIT (Operations), 12.34 EUR at risk. Store the result.",
        "- 1 x P01 PAID_STILL_INIT (Alipay+ support), 12.34 EUR at risk. Send both lines.",
        "Deadlines until 28 Nov 2026, 08:30 UTC+8: 1 break, 5,000 JPY at risk; the first is 23 Nov 2026, 00:00 UTC+8.",
        "Oldest: P01 PAID_STILL_INIT, open since 2026-10-30 (21 days).",
        "Decided on the list of 2026-11-19: 1 break accepted, 2.50 EUR; 1 break written off, 90 JPY.",
        "Waiting for a second person: 1 break.",
    ]


def test_a_team_without_breaks_hears_that_nothing_is_open() -> None:
    title, lines = digests(row("A"))["finance"]
    assert title == "Daily digest of finance for 2026-11-20: nothing is open"
    assert lines[0] == "Open: no break."


def test_a_break_that_was_assigned_to_a_team_is_on_its_digest_and_on_no_other() -> None:
    sent = digests(row("A", owner="finance"), row("B", owner="alice"))
    assert "1 open" in sent["operations"][0]
    assert "1 open" in sent["finance"][0]


def test_no_id_and_no_person_is_in_a_digest() -> None:
    title, lines = digests(row("REQ-77", owner="alice", movement="NEW"))["operations"]
    assert not [word for word in ("REQ-77", "alice") if word in " ".join([title, *lines])]


def test_a_digest_is_another_one_when_something_on_the_list_is_and_not_otherwise() -> None:
    before = fingerprint(row("A"), row("B"))
    assert fingerprint(row("B"), row("A")) == before
    assert fingerprint(row("A"), row("B"), row("C", who_acts="FIN")) == before
    for changes in ({"amount_at_risk_minor": 1}, {"state": "ASKED"}, {"owner": "alice"}, {"who_acts": "A+"}):
        assert fingerprint(row("A"), row("B", **changes)) != before
