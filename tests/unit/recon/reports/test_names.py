"""File names: read strictly, written back the same, and never a path."""

from __future__ import annotations

from datetime import date

import pytest

from recon.errors import ReportNameError
from recon.reports.names import ReportKind, ReportName, parse_report_name, report_directory

P = "102210000001"


@pytest.mark.parametrize(
    ("name", "agreements", "expected"),
    [
        (
            f"transactionItems_{P}_USD_20261120_A1_000.csv",
            [],
            ReportName(ReportKind.TRANSACTION_DETAIL, P, "USD", "20261120", "A1", 0),
        ),
        (
            f"summary_{P}_JPY_B-1_A1_999.csv",
            [],
            ReportName(ReportKind.TRANSACTION_SUMMARY, P, "JPY", "B-1", "A1", 999),
        ),
        (
            f"feeItems_{P}_EUR_2026_11_20_A1_001.csv",  # split at the last "_"
            [],
            ReportName(ReportKind.FEE, P, "EUR", "2026_11_20", "A1", 1),
        ),
        (
            f"settlement_{P}_USD_B_1_AGR_CN_000.csv",  # the longest configured agreement that fits
            ["CN", "AGR_CN", "1_AGR_CN_X"],
            ReportName(ReportKind.SETTLEMENT, P, "USD", "B_1", "AGR_CN", 0),
        ),
    ],
)
def test_a_name_is_read_and_written_back(name: str, agreements: list[str], expected: ReportName) -> None:
    assert parse_report_name(name, P, agreements) == expected
    assert expected.file_name == name


@pytest.mark.parametrize(
    "name",
    [
        f"transactionItems_{P}_USD_B_A_000.csv.tmp",
        f"transactionItems_{P}_USD_B_A_000.csv.asc",
        f"transactionItems_{P}_USD_B_A_000.CSV",
        f"transactionitems_{P}_USD_B_A_000.csv",
        f"transactionItems_{P}_usd_B_A_000.csv",
        f"transactionItems_{P}_USD_B_A_00.csv",
        f"transactionItems_{P}_USD_B_A_0000.csv",
        f"transactionItems_{P}_USD_BA_000.csv",  # one id only
        f"transactionItems_{P}_USD_B_A_000.csv\n",
        f"transactionItems_{P}_USD_../B_A_000.csv",
        f"../transactionItems_{P}_USD_B_A_000.csv",
        f"transactionItems_{P}_USD_B\\_A_000.csv",
        f"transactionItems_{P}_USD_B.._A_000.csv",
        f"transactionItems_{P}_USD_B_A_\u0660\u0660\u0660.csv",  # Arabic digits
        f"transactionItems_{P}_USD_B\u202e_A_000.csv",  # right-to-left override
        f"transactionItems_{P}_USD_\uff22_A_000.csv",  # full-width letter
        f"transactionItems_{P}_USD_B\x00_A_000.csv",
        f"transactionItems_{P}_USD_{'B' * 65}_A_000.csv",
        "transactionItems_OTHER_USD_B_A_000.csv",
        "readme.txt",
        "..",
        "",
    ],
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(ReportNameError):
        parse_report_name(name, P, ["A"])


def test_a_message_shows_a_foreign_name_on_one_line() -> None:
    with pytest.raises(ReportNameError) as caught:
        parse_report_name("evil\n\x1b[2J\u202e.csv", P, [])
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("part", ["", "../x", "a.b", "a/b", "x" * 65])
def test_a_report_name_cannot_hold_an_unsafe_part(part: str) -> None:
    with pytest.raises(ReportNameError):
        ReportName(ReportKind.FEE, P, "USD", part, "A1", 0)


def test_folders_are_those_of_the_server() -> None:
    day = date(2026, 11, 21)
    assert report_directory("/v1", "clearing", P, day) == f"/v1/settlements/clearing/{P}/20261121"
    assert report_directory("/", "settlement", P, day) == f"/settlements/settlement/{P}/20261121"
    assert ReportKind.SETTLEMENT.area == "settlement"
    assert ReportKind.FEE.area == "clearing"
