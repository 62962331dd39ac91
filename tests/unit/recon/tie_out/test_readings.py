"""What no document says is read as the totals allow; reading it otherwise than yesterday is reported."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from recon.tie_out import EDGE_SCHEMA, Verdict
from recon.tie_out.readings import changed_readings, readings
from tests.support.control_totals import DETAIL_AMOUNT, SUMMARY_AMOUNT
from tests.support.report_text import read

DAY = date(2026, 11, 20)
FILE_SCHEMA = {
    "clearing_day": pl.Date, "kind": pl.String, "participant_agreement_id": pl.String,
    "settlement_currency": pl.String, "sign_rule": pl.String,
}  # fmt: skip


def changes(*days: tuple[str, Verdict, int], signs: tuple[str, ...] = ()) -> list[str]:
    """One edge and sign rule a day, the last one is today."""
    total = max(len(days), len(signs))
    edges = [
        dict.fromkeys(EDGE_SCHEMA)
        | {
            "as_of_day": DAY - timedelta(days=total - place - 1), "edge": edge, "participant_agreement_id": "A1",
            "settlement_currency": "EUR", "batch_id": f"B{place}", "left_name": "rows", "verdict": str(verdict),
        }
        for place, (edge, verdict, files) in enumerate(days)
        for _ in range(files)
    ]  # fmt: skip
    files = [
        (DAY - timedelta(days=total - place - 1), "fee", "A1", "EUR", rule) for place, rule in enumerate(signs)
    ]  # fmt: skip
    frame = readings(
        pl.DataFrame(edges, schema=EDGE_SCHEMA, orient="row"), pl.DataFrame(files, schema=FILE_SCHEMA, orient="row")
    )
    return changed_readings(frame, DAY)


def test_fees_in_the_total_and_then_not() -> None:
    (problem,) = changes((SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1), (SUMMARY_AMOUNT, Verdict.BEFORE_FEES, 1))
    assert (
        problem
        == f"{SUMMARY_AMOUNT} (A1 EUR): read as 'ties out, before fees', on 2026-11-19 as 'ties out, after fees'"
    )


def test_totals_of_files_and_then_of_the_set() -> None:
    assert changes((DETAIL_AMOUNT, Verdict.PER_FILE, 3), (DETAIL_AMOUNT, Verdict.PER_SET, 1))


def test_another_sign_rule() -> None:
    (problem,) = changes(signs=("type", "direction"))
    assert problem.startswith("signs of fee (A1 EUR): read as 'direction'")


@pytest.mark.parametrize(
    "days",
    [
        [(SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1), (SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1)],
        [
            (DETAIL_AMOUNT, Verdict.PER_FILE, 1),
            (DETAIL_AMOUNT, Verdict.PER_SET, 1),
        ],  # one file: both readings were true
        [
            (SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1),
            (SUMMARY_AMOUNT, Verdict.EQUAL, 1),
        ],  # a day without fees says nothing
        [(SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1)],
    ],
)
def test_nothing_to_tell(days: list[tuple[str, Verdict, int]]) -> None:
    assert changes(*days) == []


@pytest.mark.parametrize("silent", ["plain", "none"])
def test_a_file_without_rows_or_with_all_one_way_fits_every_sign_rule(silent: str) -> None:
    assert changes(signs=("explicit", silent)) == changes(signs=(silent, "explicit")) == []
    (problem,) = changes(signs=("explicit", silent, "direction"))
    assert "on 2026-11-18 as 'explicit'" in problem


def test_days_that_say_nothing_are_skipped() -> None:
    (problem,) = changes(
        (SUMMARY_AMOUNT, Verdict.AFTER_FEES, 1),
        (SUMMARY_AMOUNT, Verdict.EQUAL, 1),
        (SUMMARY_AMOUNT, Verdict.BEFORE_FEES, 1),
    )
    assert "on 2026-11-18" in problem


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (["PAYMENT,100,C", "PAYMENT,30,C"], "plain"),  # as it would be signed, or without a direction
        (["PAYMENT,100,C", "REFUND,30,D"], "direction"),
        (["PAYMENT,100,", "REFUND,-30,"], "explicit"),
        ([], "none"),
    ],
)
def test_rows_that_all_go_one_way_tell_no_sign_rule(rows: list[str], rule: str) -> None:
    lines = ["transactionRequestId,transactionTime,transactionType,settlementAmountValue,direction"]
    lines += [f"REQ{place},2026-11-20T10:00:00+08:00,{row}" for place, row in enumerate(rows)]
    assert read("\n".join(lines) + "\n").told_sign_rule == rule
