"""The control totals: which readings are tried, and what is written down of each edge."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from checks.parsed_files import unequal
from recon.reports.rows import REPORT_FILES
from recon.tie_out import EDGE_SCHEMA, Verdict, tie_out
from recon.tie_out.residuals import RESIDUAL_SCHEMA
from tests.support.control_totals import (
    BANK,
    BATCH_AMOUNT,
    CLEARED,
    DETAIL_AMOUNT,
    DETAIL_COUNT,
    FEE_AMOUNT,
    FEE_COUNT,
    SETTLEMENT_AMOUNT,
    SUMMARY_AMOUNT,
    SUMMARY_COUNT,
)

DAY = date(2026, 11, 20)
SET = {"participant_agreement_id": "A1", "settlement_currency": "EUR", "batch_id": "B1"}
FILES = {
    "kind": pl.String,
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "batch_id": pl.String,
    "file_id": pl.String,
    "row_count": pl.Int64,
    "net_minor": pl.Int64,
    "total_count": pl.Int64,
    "total_net_minor": pl.Int64,
}
SETS = {**dict.fromkeys(SET, pl.String), "total_count": pl.Int64, "net_minor": pl.Int64}
BATCHES = {
    **dict.fromkeys(SET, pl.String),
    "file_id": pl.String,
    "clearing_batch_id": pl.String,
    "settled_count": pl.Int64,
    "settled_minor": pl.Int64,
    "cleared_count": pl.Int64,
    "cleared_minor": pl.Int64,
}


def file(kind: str, file_id: str, rows: int, net: int, declared: int | None, declared_net: int | None) -> dict:
    return SET | {
        "kind": kind,
        "file_id": file_id,
        "row_count": rows,
        "net_minor": net,
        "total_count": declared,
        "total_net_minor": declared_net,
    }


def summary(count: int, net: int) -> dict:
    return SET | {"total_count": count, "net_minor": net}


def edges(
    files: list[dict],
    sets: list[dict] | None = None,
    batches: list[dict] | None = None,
    in_parts: dict[tuple[str, str, str], int] | None = None,
):
    return tie_out(
        DAY,
        pl.DataFrame(files, schema=FILES),
        pl.DataFrame(sets or [], schema=SETS),
        pl.DataFrame(batches or [], schema=BATCHES),
        in_parts=in_parts or {},
    )


def verdicts(frame: pl.DataFrame) -> list[tuple[str, str, int | None]]:
    return frame.select("edge", "verdict", "residual").rows()


def test_a_section_that_equals_its_rows() -> None:
    frame = edges([file("transaction_detail", "d0", 3, 900, 3, 900)])
    assert dict(frame.schema) == EDGE_SCHEMA
    assert verdicts(frame) == [(DETAIL_COUNT, Verdict.PER_FILE, 0), (DETAIL_AMOUNT, Verdict.PER_FILE, 0)]


def test_sections_of_several_files_may_speak_of_the_whole_set() -> None:
    frame = edges(
        [
            file("fee", "f0", 2, 20, 5, 50),
            file("fee", "f1", 3, 30, 5, 50),
        ]
    )
    assert verdicts(frame) == [(FEE_COUNT, Verdict.PER_SET, 0), (FEE_AMOUNT, Verdict.PER_SET, 0)]
    assert frame["left_value"].to_list() == [5, 50]


@pytest.mark.parametrize("stating", [0, 1])
def test_one_of_several_files_may_speak_of_the_whole_set(stating: int) -> None:
    files = [file("fee", "f0", 2, 20, None, None), file("fee", "f1", 3, 30, None, None)]
    files[stating] |= {"total_count": 5, "total_net_minor": 50}
    frame = edges(files)
    assert verdicts(frame) == [(FEE_COUNT, Verdict.PER_SET, 0), (FEE_AMOUNT, Verdict.PER_SET, 0)]
    assert frame["left_value"].to_list() == [5, 50]


def test_a_section_of_its_own_file_proves_no_other_one() -> None:
    frame = edges([file("fee", "f0", 2, 20, 2, 20), file("fee", "f1", 3, 30, None, None)])
    assert [verdict for _, verdict, _ in verdicts(frame)] == [Verdict.PER_FILE, Verdict.NO_SECTION] * 2


def test_sections_of_several_files_may_speak_of_each_file() -> None:
    frame = edges(
        [
            file("transaction_detail", "d0", 2, 20, 2, 20),
            file("transaction_detail", "d1", 3, 30, 3, 30),
        ]
    )
    assert set(frame["verdict"]) == {Verdict.PER_FILE}


def test_the_file_that_differs_is_named_with_what_is_left_over() -> None:
    frame = edges(
        [
            file("transaction_detail", "d0", 2, 20, 2, 20),
            file("transaction_detail", "d1", 3, 31, 4, 30),
        ]
    )
    wrong = frame.filter(pl.col("verdict") == Verdict.DIFFERENT)
    assert wrong.select("edge", "file_id", "residual").rows() == [(DETAIL_COUNT, "d1", -1), (DETAIL_AMOUNT, "d1", 1)]


def test_a_total_that_is_not_there_proves_nothing_and_fails() -> None:
    frame = edges([file("transaction_detail", "d0", 2, 20, None, 20)])
    assert verdicts(frame)[0] == (DETAIL_COUNT, Verdict.NO_SECTION, None)
    assert unequal(frame, pl.DataFrame(schema=RESIDUAL_SCHEMA), pl.DataFrame(schema=REPORT_FILES)) == [
        f"d0: it has no summary section, so that nothing proves its rows ({DETAIL_COUNT})"
    ]


@pytest.mark.parametrize(
    ("net", "verdict", "residual"),
    [(970, Verdict.AFTER_FEES, 0), (1000, Verdict.BEFORE_FEES, 0), (990, Verdict.DIFFERENT, -20)],
)
def test_a_summary_is_reported_before_or_after_fees(net: int, verdict: str, residual: int) -> None:
    frame = edges(
        [
            file("transaction_detail", "d0", 4, 1000, 4, 1000),
            file("fee", "f0", 4, 30, 4, 30),
        ],
        [summary(4, net)],
    )
    assert verdicts(frame.filter(pl.col("edge").is_in([SUMMARY_COUNT, SUMMARY_AMOUNT]))) == [
        (SUMMARY_COUNT, Verdict.EQUAL, 0),
        (SUMMARY_AMOUNT, verdict, residual),
    ]


def test_an_empty_cycle_ties_out() -> None:
    frame = edges(
        [
            file("transaction_detail", "d0", 0, 0, 0, 0),
            file("fee", "f0", 0, 0, 0, 0),
        ],
        [summary(0, 0)],
    )
    assert Verdict.DIFFERENT not in set(frame["verdict"])


@pytest.mark.parametrize(
    ("cleared", "verdict"),
    [
        ((4, 970), Verdict.EQUAL),
        ((4, 960), Verdict.DIFFERENT),
        ((None, None), Verdict.UNKNOWN_BATCH),
    ],
)
def test_a_settlement_lists_batches_as_they_were_cleared(cleared: tuple, verdict: str) -> None:
    batch = SET | {
        "file_id": "s0",
        "clearing_batch_id": "C7",
        "settled_count": 4,
        "settled_minor": 970,
        "cleared_count": cleared[0],
        "cleared_minor": cleared[1],
    }
    frame = edges([], [], [batch])
    amount = frame.filter(pl.col("left_name").str.starts_with("amount"))
    assert amount["verdict"].to_list() == [verdict]


@pytest.mark.parametrize(
    ("count", "settled", "expected"),
    [
        (4, 970, [Verdict.IN_PARTS, Verdict.IN_PARTS]),
        (1, 970, [Verdict.IN_PARTS, Verdict.COUNT_OF_PART]),
        (1, 960, [Verdict.DIFFERENT, Verdict.COUNT_OF_PART]),
    ],
)
def test_a_batch_that_is_settled_in_parts_equals_their_sum(count: int, settled: int, expected: list[str]) -> None:
    batch = SET | {
        "file_id": "s0",
        "clearing_batch_id": "C7",
        "settled_count": count,
        "settled_minor": 300,
        "cleared_count": 4,
        "cleared_minor": 970,
    }
    frame = edges([], [], [batch], {("A1", "EUR", "C7"): settled})
    assert frame.sort("left_name")["verdict"].to_list() == expected


def test_a_settlement_equals_the_sum_of_what_it_lists() -> None:
    frame = edges([file("settlement", "s0", 2, 1500, None, 1400)])
    assert verdicts(frame) == [(SETTLEMENT_AMOUNT, Verdict.DIFFERENT, 100)]


@pytest.mark.parametrize(
    ("edge", "left_name", "file_id", "batch", "place"),
    [
        (DETAIL_AMOUNT, "sum of the rows", "d.csv@v1", "B1", "d.csv@v1"),
        (SUMMARY_AMOUNT, "sum of the rows less fees", None, "B1", "s.csv@v1"),
        (BATCH_AMOUNT, "amount of clearing batch B1 in the settlement", "x.csv@v1", "S1", "x.csv@v1"),
        (BANK, "total of the settlement", None, "S1", "A1 in EUR, settlement S1"),
        (CLEARED, "cleared since the first day", None, "all", "A1 in EUR"),
    ],
)
def test_a_total_that_differs_names_its_file_and_the_line_behind_it(
    edge: str, left_name: str, file_id: str | None, batch: str, place: str
) -> None:
    total = dict(zip(SET, ("A1", "EUR", batch), strict=True)) | {"edge": edge, "left_name": left_name}
    row = total | {"file_id": file_id, "left_value": 1000, "right_name": "amount", "right_value": 900, "residual": 100}
    frame = pl.DataFrame([row | {"as_of_day": DAY, "verdict": str(Verdict.DIFFERENT)}], schema=EDGE_SCHEMA)
    summary = SET | {"kind": "transaction_summary", "file_id": "s.csv@v1", "is_current": True}
    files = pl.DataFrame([dict.fromkeys(REPORT_FILES) | summary], schema=REPORT_FILES)
    line = dict.fromkeys(RESIDUAL_SCHEMA) | total | {"total_file_id": file_id, "file_id": "d.csv@v1", "line_number": 7}
    behind = pl.DataFrame([line], schema=RESIDUAL_SCHEMA)
    residual = f"{place}: {left_name} 10.00 EUR, amount 9.00 EUR"
    assert unequal(frame, behind, files) == [f"{residual}, see d.csv@v1, line 7 ({edge})"]
    assert unequal(frame, behind.clear(), files) == [f"{residual}, no single row explains it ({edge})"]
