"""Lines of the bank file that are in doubt are reported, whatever else the day says."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from recon.settlement.bank_lines import bank_findings
from recon.settlement.rows import BANK

UNTIL = date(2026, 11, 23)
KNOWN = dict.fromkeys([("S1", "EUR"), ("S2", "EUR")], date(2026, 11, 20))


def findings(*lines: tuple[str, str, int, date]) -> list[str]:
    rows = [(*line, number) for number, line in enumerate(lines, start=2)]
    return list(bank_findings(pl.DataFrame(rows, schema=BANK, orient="row"), KNOWN, UNTIL))


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (("S1", "EUR", 100, UNTIL), []),
        (("S9", "EUR", 100, UNTIL), ["line 2 of the bank file names settlement S9, which no report has brought"]),
        (("S1", "USD", 100, UNTIL), ["line 2 of the bank file is in USD, settlement S1 is in EUR"]),
        (("S9", "EUR", 100, date(2026, 11, 24)), []),
        (
            ("S1", "EUR", 100, date(2025, 11, 23)),
            ["line 2 of the bank file has the value date 2025-11-23, and settlement S1 was reported on 2026-11-20"],
        ),
    ],
)
def test_a_line_names_a_settlement_that_a_report_brought(line: tuple[str, str, int, date], finding: list[str]) -> None:
    assert findings(line) == finding


def test_the_same_credit_twice_is_reported_and_two_credits_of_one_settlement_are_not() -> None:
    first = ("S1", "EUR", 100, UNTIL)
    assert findings(first, ("S1", "EUR", 200, UNTIL), ("S2", "EUR", 100, UNTIL)) == []
    assert findings(first, ("S2", "EUR", 100, UNTIL), first, first) == [
        "lines 4 and 5 of the bank file say the same as line 2: all are added up"
    ]
