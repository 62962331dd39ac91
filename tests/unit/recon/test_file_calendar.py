"""The file calendar: what is expected, what it becomes, and how long the server keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from recon.file_calendar import Expectation, FileReceipt, file_calendar, wanting
from recon.reports.names import ReportKind
from recon.settlement.terms import SettlementTerms

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
DETAIL, SUMMARY, FEE, SETTLEMENT = (
    ReportKind.TRANSACTION_DETAIL,
    ReportKind.TRANSACTION_SUMMARY,
    ReportKind.FEE,
    ReportKind.SETTLEMENT,
)
CLEARING = (DETAIL, SUMMARY, FEE)
ONE = Expectation("P1", (("A1", "EUR"),), date(2026, 11, 1), timedelta(minutes=30), (SettlementTerms(),))


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    """In UTC+8."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def came(kind: ReportKind, day: date = FRIDAY, **other) -> FileReceipt:
    given = {"participant_agreement_id": "A1", "settlement_currency": "EUR", "batch_id": "B1", "seq": 0, "version": 1,
             "delivered_at": at(day), "received_at": at(day, 8, 20), "row_count": 5}  # fmt: skip
    return FileReceipt(kind=kind, report_date=day, **(given | other))


def states(receipts: list[FileReceipt], now: datetime, day: date = FRIDAY, expectation: Expectation = ONE) -> dict:
    rows = file_calendar(expectation, receipts, day, day, now).iter_rows(named=True)
    return {(row["kind"], row["batch_id"], row["version"]): row["state"] for row in rows}


def kinds(receipts: list[FileReceipt], now: datetime, day: date = FRIDAY, expectation: Expectation = ONE) -> dict:
    return {kind: state for (kind, _, _), state in states(receipts, now, day, expectation).items()}


def test_every_file_has_a_row_before_it_arrives() -> None:
    assert kinds([], at(FRIDAY, 7)) == dict.fromkeys(map(str, ReportKind), "EXPECTED")
    calendar = file_calendar(ONE, [], FRIDAY, FRIDAY, at(FRIDAY, 7))
    assert set(calendar["expected_by"]) == {at(FRIDAY).replace(tzinfo=None)}
    assert set(calendar["days_left"]) == {7}


def test_after_its_time_and_the_grace_it_is_missing() -> None:
    assert set(kinds([], at(FRIDAY, 8, 30)).values()) == {"EXPECTED"}
    assert set(kinds([], at(FRIDAY, 8, 31)).values()) == {"MISSING"}


def test_a_settlement_is_expected_on_settlement_days_only() -> None:
    assert set(kinds([], at(SATURDAY), SATURDAY)) == {"transaction_detail", "transaction_summary", "fee"}
    holiday = SettlementTerms(calendar=replace(SettlementTerms().calendar, holidays=frozenset({MONDAY})))
    assert "settlement" in kinds([], at(MONDAY), MONDAY)
    assert "settlement" not in kinds([], at(MONDAY), MONDAY, replace(ONE, terms=(holiday,)))


def test_before_the_first_day_nothing_is_expected() -> None:
    later = replace(ONE, start_day=FRIDAY)
    assert kinds([], at(FRIDAY), FRIDAY, later) == {}
    assert set(kinds([], at(SATURDAY), SATURDAY, later)) == {"transaction_detail", "transaction_summary", "fee"}
    monday, tuesday = MONDAY, MONDAY + timedelta(days=1)
    assert "settlement" not in kinds([], at(monday), monday, later)  # nothing of the time before us is owed
    assert "settlement" in kinds([], at(tuesday), tuesday, later)


def test_received_empty_and_late() -> None:
    receipts = [came(DETAIL), came(SUMMARY), came(FEE, row_count=0), came(SETTLEMENT, delivered_at=at(FRIDAY, 11))]
    assert kinds(receipts, at(FRIDAY, 12)) == {
        "transaction_detail": "RECEIVED", "transaction_summary": "RECEIVED", "fee": "EMPTY", "settlement": "LATE",
    }  # fmt: skip


@pytest.mark.parametrize("seqs", [(1,), (0, 2)])
def test_a_gap_in_seq_is_partial(seqs: tuple[int, ...]) -> None:
    receipts = [came(SUMMARY), came(FEE), *(came(DETAIL, seq=seq) for seq in seqs)]
    assert kinds(receipts, at(FRIDAY, 9))["transaction_detail"] == "PARTIAL"


def test_a_set_without_one_of_its_reports_is_partial() -> None:
    found = states([came(DETAIL), came(SUMMARY)], at(FRIDAY, 9))
    assert found[("transaction_detail", "B1", 1)] == "PARTIAL"
    assert found[("fee", None, None)] == "MISSING"


def test_two_sets_of_one_agreement_are_reported_apart_by_their_batch() -> None:
    receipts = [came(kind, batch_id=batch) for kind in CLEARING for batch in ("B1", "B2")][:-1]
    found = states(receipts, at(FRIDAY, 9))
    assert found[("transaction_detail", "B1", 1)] == "RECEIVED"
    assert found[("transaction_detail", "B2", 1)] == "PARTIAL"


def test_an_older_version_is_superseded_and_the_newest_counts() -> None:
    receipts = [came(kind) for kind in ReportKind] + [came(FEE, version=2, delivered_at=at(MONDAY))]
    found = states(receipts, at(MONDAY, 9))
    assert found[("fee", "B1", 1)] == "SUPERSEDED"
    assert found[("fee", "B1", 2)] == "RECEIVED"


def test_what_a_person_set_aside_is_shown_with_the_reason_and_does_not_count() -> None:
    foreign = came(ReportKind.FEE, batch_id="OTHER", set_aside="of another day")
    rows = file_calendar(ONE, [*(came(kind) for kind in CLEARING), foreign], FRIDAY, FRIDAY, at(FRIDAY, 9))
    aside = rows.filter(pl.col("state") == "SET_ASIDE")
    assert aside.select("batch_id", "note").rows() == [("OTHER", "of another day")]
    assert rows.filter(pl.col("state") == "RECEIVED").height == len(CLEARING)
    alone = [came(kind, set_aside="damaged") if kind is ReportKind.FEE else came(kind) for kind in CLEARING]
    wanted = wanting(file_calendar(ONE, alone, FRIDAY, FRIDAY, at(FRIDAY, 9)))
    assert any(line.startswith("fee of agreement") and "is missing" in line for line in wanted)


def test_what_no_agreement_and_no_settlement_day_speaks_of_is_unexpected() -> None:
    receipts = [came(DETAIL, settlement_currency="USD"), came(SETTLEMENT, SATURDAY)]
    assert states(receipts[:1], at(FRIDAY, 7))[("transaction_detail", "B1", 1)] == "UNEXPECTED"
    assert kinds(receipts[1:], at(SATURDAY, 7), SATURDAY)["settlement"] == "UNEXPECTED"


def test_a_settlement_of_the_time_before_our_first_day_is_no_surprise() -> None:
    later = replace(ONE, start_day=FRIDAY)
    assert kinds([came(SETTLEMENT, MONDAY)], at(MONDAY, 9), MONDAY, later)["settlement"] == "RECEIVED"


def test_without_a_contract_settlements_are_neither_expected_nor_unexpected() -> None:
    unjudged = replace(ONE, terms=())
    assert "settlement" not in kinds([], at(FRIDAY, 9), FRIDAY, unjudged)
    assert kinds([came(SETTLEMENT)], at(FRIDAY, 9), FRIDAY, unjudged)["settlement"] == "RECEIVED"


def test_the_countdown_to_the_loss_of_the_source() -> None:
    calendar = file_calendar(ONE, [], FRIDAY, FRIDAY, at(FRIDAY + timedelta(days=5), 9))
    assert set(calendar["days_left"]) == {2}
    assert all("keeps it 2 more days" in line for line in wanting(calendar))
    lost = file_calendar(ONE, [], FRIDAY, FRIDAY, at(FRIDAY + timedelta(days=9), 9))
    assert all("recon land" in line for line in wanting(lost))
    landed = file_calendar(ONE, [came(kind) for kind in ReportKind], FRIDAY, FRIDAY, at(MONDAY))
    assert landed["days_left"].null_count() == landed.height
    assert wanting(landed) == []


@pytest.mark.parametrize("terms", [SettlementTerms(minimum_minor=100), SettlementTerms(pays_negative=False)])
def test_a_settlement_that_may_be_carried_over_is_not_missed_by_the_calendar(terms: SettlementTerms) -> None:
    carrying = replace(ONE, terms=(terms,))
    cleared = [came(kind) for kind in CLEARING]
    assert kinds(cleared, at(FRIDAY, 8), expectation=carrying)["settlement"] == "EXPECTED"
    calendar = file_calendar(carrying, cleared, FRIDAY, FRIDAY, at(FRIDAY, 9))
    assert calendar.filter(pl.col("kind") == "settlement")["state"].to_list() == ["OPTIONAL"]
    assert wanting(calendar) == []
    (line,) = wanting(file_calendar(ONE, cleared, FRIDAY, FRIDAY, at(FRIDAY, 9)))
    assert line.startswith("settlement of agreement A1")


def test_each_agreement_has_its_own_settlement_days() -> None:
    two = replace(ONE, sets=(("CN", "EUR"), ("A1", "EUR")), start_day=FRIDAY, terms=(
        SettlementTerms("CN", days_after_clearing=1), SettlementTerms(),
    ))  # fmt: skip
    calendar = file_calendar(two, [], MONDAY, MONDAY, at(MONDAY)).filter(pl.col("kind") == "settlement")
    assert calendar["participant_agreement_id"].to_list() == ["CN"]
