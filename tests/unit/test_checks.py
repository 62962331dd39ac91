"""What the proofs look for, each on the smallest input that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from checks.arrival import arrival_problems, forgotten, strays
from checks.conservation import lost
from checks.parsed_files import unreadable
from checks.shape import validate
from checks.suites import SUITES
from checks.verdict import told, verdict
from recon.reports.names import ReportKind, ReportName
from recon.reports.rows import TRANSACTION_ROWS
from recon.runbook import section_of

pytestmark = pytest.mark.filterwarnings(  # an import of Great Expectations, on Python 3.11
    "ignore:module 'sre_:DeprecationWarning"
)
DAY = date(2026, 11, 20)
DETAIL = ReportKind.TRANSACTION_DETAIL
EXPECTED = (("A1", "EUR"), ("A2", "USD"))


def name(agreement: str, currency: str, seq: int = 0, kind: ReportKind = DETAIL) -> ReportName:
    return ReportName(kind, "P1", currency, "B1", agreement, seq)


def test_every_expected_set_came() -> None:
    names = [name("A1", "EUR"), name("A1", "EUR", 1), name("A2", "USD")]
    assert arrival_problems(DETAIL, names, EXPECTED) == []


@pytest.mark.parametrize(
    ("names", "gate"),
    [
        ([name("A1", "EUR")], "F01"),
        ([name("A1", "EUR"), name("A2", "USD"), name("A1", "USD")], "F07"),
        ([name("A1", "EUR"), name("A2", "USD", 0), name("A2", "USD", 2)], "F06"),
        ([name("A1", "EUR"), name("A2", "USD", 1)], "F06"),
    ],
)
def test_a_forgotten_set_a_stranger_and_a_gap_are_told(names: list[ReportName], gate: str) -> None:
    (problem,) = arrival_problems(DETAIL, names, EXPECTED)
    assert gate in problem


def test_a_file_of_another_day_is_told_only_where_its_batch_is_not_whole() -> None:
    stray = replace(name("A1", "EUR", kind=ReportKind.FEE), batch_id="2026111900000001")
    whole = {replace(stray, kind=kind) for kind in (DETAIL, ReportKind.TRANSACTION_SUMMARY, ReportKind.FEE)}
    (problem,) = strays(ReportKind.FEE, {stray}, date(2026, 11, 20))
    assert problem == f"{stray.file_name} holds a batch of 2026-11-19 by its number, not of 2026-11-20 (F08)"
    assert section_of(problem) == "Reason: a file of another day"
    assert strays(ReportKind.FEE, {stray}, date(2026, 11, 19)) == []
    assert strays(ReportKind.FEE, whole, date(2026, 11, 20)) == []  # batches may be numbered otherwise


def test_no_settlement_on_a_holiday_is_fine_but_a_gap_in_one_is_not() -> None:
    kind = ReportKind.SETTLEMENT
    assert arrival_problems(kind, [], EXPECTED) == []
    assert arrival_problems(kind, [name("A1", "EUR", 1, kind)], EXPECTED)


def test_a_batch_that_only_some_reports_have_is_told() -> None:
    batches = {("A1", "EUR", "B1"), ("A1", "EUR", "B2")}
    (problem,) = forgotten(ReportKind.FEE, [name("A1", "EUR", kind=ReportKind.FEE)], batches)
    assert "batch B2 of agreement A1" in problem
    assert forgotten(ReportKind.SETTLEMENT, [], batches) == []
    assert forgotten(ReportKind.FEE, [], batches) == []  # the whole set is missing: that is told once


def test_an_unreadable_newest_version_is_told_though_an_older_one_is_used() -> None:
    files = pl.DataFrame(
        {
            "file_name": ["a", "a", "b"],
            "version": [1, 2, 1],
            "is_valid": [True, False, True],
            "finding": [None, "a v2: the file is empty", None],
        }
    )
    assert unreadable(files) == ["a v2: the file is empty"]


def test_outcomes_add_up_to_inputs() -> None:
    counted = pl.DataFrame(
        {
            "side": ["rows", "rows", "input rows"],
            "outcome": ["P00", "P06", "ALL"],
            "row_count": [8, 1, 10],
        }
    )
    assert lost(counted, "rows") == ["10 rows came in and 9 have an outcome"]
    assert lost(counted, "payments") == ["the inputs of payments were not counted"]


def test_the_reason_names_the_first_problems_and_counts_the_rest() -> None:
    assert told(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
    assert verdict(("parsed", "fee"), "some_proof", []).passed


def rows(**columns: object) -> pl.DataFrame:
    good = {
        "file_id": "f@v1",
        "line_number": 4,
        "clearing_day": DAY,
        "participant_agreement_id": "A1",
        "settlement_currency": "EUR",
        "batch_id": "B1",
        "row_role": "PAYMENT",
        "transaction_type": "PAYMENT",
        "request_id": "R1",
        "provider_transaction_id": "T1",
        "transaction_at": datetime(2026, 11, 20),  # noqa: DTZ001
        "amount_minor": 100,
        "currency": "JPY",
        "settlement_amount_minor": 70,
        "sign": 1,
    }
    cells = [
        dict.fromkeys(TRANSACTION_ROWS) | good | columns,
        dict.fromkeys(TRANSACTION_ROWS) | good,
    ]
    return pl.DataFrame(cells, schema=TRANSACTION_ROWS)


def failed(frames: list[pl.DataFrame], folder: Path) -> dict[str, tuple[int, int]]:
    paths = [folder / f"{place}.parquet" for place in range(len(frames))]
    for frame, path in zip(frames, paths, strict=True):
        frame.write_parquet(path)
    suite = SUITES[DETAIL]
    tallies = validate(suite, paths, batch_rows=2)
    return {
        line.name: (tally.unexpected, tally.elements)
        for line, tally in zip(suite, tallies, strict=True)
        if tally.failed_batches
    }


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"sign": 2}, "sign_is_plus_or_minus_one"),
        ({"currency": "XQQ"}, "currency_is_a_currency"),
        ({"settlement_amount_minor": None}, "settlement_amount_minor_is_filled"),
        ({"amount_minor": -1}, "amount_minor_is_not_negative"),
        ({"row_role": "SALE"}, "row_role_is_known"),
        ({"request_id": "R 1"}, "request_id_looks_like_an_id"),
    ],
)
def test_great_expectations_sees_every_row_of_every_batch(wrong: dict[str, object], check: str, tmp_path: Path) -> None:
    assert failed([rows(), rows(), rows(**wrong)], tmp_path) == {check: (1, 6)}


def test_good_rows_and_no_rows_pass(tmp_path: Path) -> None:
    assert failed([rows()], tmp_path) == {}
    assert failed([rows().clear()], tmp_path) == {}
