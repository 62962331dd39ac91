"""The rows behind what is left over: which reason is taken, and what is said if there is none."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from recon.identities import CONSERVATION, REGISTER
from recon.tie_out import EDGE_SCHEMA, Verdict
from recon.tie_out.proof import first_failing
from recon.tie_out.residuals import FOUND, RESIDUAL_SCHEMA, residual_rows, totals
from tests.support.control_totals import (
    BATCH_AMOUNT,
    DETAIL_AMOUNT,
    DETAIL_COUNT,
    FEE_AMOUNT,
    SUMMARY_AMOUNT,
    SUMMARY_COUNT,
)

DAY = date(2026, 11, 20)


def total(edge: str, residual: int, *, count: bool = False, **values: object) -> dict[str, object]:
    return {
        "as_of_day": DAY, "edge": edge, "participant_agreement_id": "A1", "settlement_currency": "EUR",
        "batch_id": "B1", "file_id": "f@v1", "left_name": "rows" if count else "sum of the rows",
        "left_value": 100 + residual, "right_name": "count of the section" if count else "amount of the section",
        "right_value": 100, "residual": residual, "verdict": str(Verdict.DIFFERENT),
    } | values  # fmt: skip


def line(cause: str, number: int, effect: int | None = None, *, of: int = 0, **values: object) -> dict[str, object]:
    usual = {
        "total_number": of,
        "cause": cause,
        "file_id": "f@v1",
        "line_number": number,
        "row_count": 1,
        "effect": effect,
    }
    return dict.fromkeys(FOUND) | usual | values


def behind(failing: list[dict[str, object]], found: list[dict[str, object]]) -> pl.DataFrame:
    rows = residual_rows(
        pl.DataFrame(failing, schema=EDGE_SCHEMA, orient="row"), pl.DataFrame(found, schema=FOUND, orient="row")
    )
    assert dict(rows.schema) == RESIDUAL_SCHEMA
    return rows


def causes(rows: pl.DataFrame) -> list[tuple[str, str, int | None]]:
    return rows.select("edge", "cause", "line_number").rows()


def test_the_strongest_reason_stands_alone() -> None:
    found = [line("AMOUNT", 9, 10), line("OTHER_AMOUNT", 5, 20), line("NOTHING", 2)]
    assert causes(behind([total(DETAIL_AMOUNT, 10)], found)) == [(DETAIL_AMOUNT, "OTHER_AMOUNT", 5)]


def test_a_wrong_sign_and_a_row_too_many_look_alike_and_are_both_told() -> None:
    found = [line("AMOUNT", 9, 10), line("SIGN", 7, 5), line("NOTHING", 2)]
    rows = behind([total(DETAIL_AMOUNT, 10)], found)
    assert causes(rows) == [(DETAIL_AMOUNT, "SIGN", 7), (DETAIL_AMOUNT, "AMOUNT", 9)]
    assert rows["why"][0] == "with the other sign nothing would be left over"


@pytest.mark.parametrize(("effect", "cause"), [(10, "TWICE"), (15, "NOTHING")])
def test_rows_that_are_there_twice_explain_only_what_they_amount_to(effect: int, cause: str) -> None:
    found = [line("TWICE", 5, effect, note="line 4 of f@v1"), line("NOTHING", 2)]
    assert behind([total(DETAIL_AMOUNT, 10)], found)["cause"].to_list() == [cause]


@pytest.mark.parametrize(("short", "cause"), [(-1, "NO_TRANSACTION"), (-2, "NOTHING")])
def test_the_amount_of_a_missing_transaction_is_not_known_but_the_count_proves_it(short: int, cause: str) -> None:
    found = [
        line("NO_TRANSACTION", 5, -1), line("NOTHING", 2),
        line("NO_TRANSACTION", 5, None, of=1), line("NOTHING", 2, of=1),
    ]  # fmt: skip
    rows = behind([total(DETAIL_COUNT, short, count=True), total(DETAIL_AMOUNT, -900)], found)
    assert rows.select("edge", "cause").rows() == [(DETAIL_COUNT, cause), (DETAIL_AMOUNT, cause)]


@pytest.mark.parametrize(("found", "cause"), [(1, "AMOUNT"), (2, "NOTHING")])
def test_a_row_too_many_is_named_where_the_sum_singles_it_out(found: int, cause: str) -> None:
    amounts = [line("AMOUNT", 9 + place, 700, of=1) for place in range(found)]
    rows = behind([total(DETAIL_COUNT, 1, count=True), total(DETAIL_AMOUNT, 700)], [line("NOTHING", 2), *amounts])
    assert causes(rows)[0] == (DETAIL_COUNT, cause, 9 if cause == "AMOUNT" else 2)


def test_an_identity_that_nothing_explains_says_so() -> None:
    with_line = behind([total(DETAIL_AMOUNT, 10)], [line("NOTHING", 2, amount_minor=100)])
    assert with_line.select("why", "row_count").rows() == [("no single row explains it; this line gives the total", 0)]
    without = behind([total(CONSERVATION["payments"], 1, settlement_currency=None)], [])
    assert without.select("cause", "file_id", "why").rows() == [("NOTHING", None, "no single row explains it")]


def test_the_reason_counts_the_rows_of_the_first_identity() -> None:
    failing = pl.DataFrame([total(DETAIL_AMOUNT, 10), total(FEE_AMOUNT, 7)], schema=EDGE_SCHEMA, orient="row")
    rows = behind(failing.to_dicts(), [line("AMOUNT", 9, 10, row_count=1234), line("NOTHING", 2, of=1)])
    reason = "sum of the rows is 1.10 EUR, amount of the section is 1.00 EUR, 0.10 EUR left over"
    assert first_failing(failing, rows) == f"{DETAIL_AMOUNT} (A1 EUR B1): {reason}, 1,234 rows behind it"
    assert str(first_failing(failing.tail(1), rows)).endswith("0.07 EUR left over, no single row explains it")


def test_what_is_looked_for_knows_which_rows_make_a_total() -> None:
    failing = pl.DataFrame(
        [
            total(SUMMARY_AMOUNT, 5, file_id=None),
            total(SUMMARY_COUNT, 1, count=True, file_id=None),
            total(BATCH_AMOUNT, 5, left_name="amount of clearing batch C_7 in the settlement"),
            total(REGISTER, 1),
        ],
        schema=EDGE_SCHEMA,
        orient="row",
    )
    looked_for = totals(failing).select("total_number", "kind", "turn", "is_count", "clearing_batch_id").rows()
    assert looked_for == [
        (0, "transaction_detail", 1, False, None),
        (0, "fee", -1, False, None),
        (1, "transaction_detail", 1, True, None),
        (2, "batch", 1, False, "C_7"),
    ]
