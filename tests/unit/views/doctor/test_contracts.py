"""`recon doctor` reads what only a run read before: the bank file, own holidays, rates of fees that have ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from resources.settings import load_settings
from tests.support import ROOT
from views.doctor.contracts import contract_findings
from views.doctor.findings import Finding, Health

EXAMPLE = ROOT / "config" / "recon.toml"
TODAY = date(2026, 11, 21)
HEAD = "settlement_batch_id,currency,amount,value_date\n"
SETTLEMENT = """
[settlement]
bank_file = "bank.csv"

[[settlement.terms]]
days_after_clearing = 2
"""
FEES = """
[[fees.kinds]]
name = "interchange"
codes = ["INTERCHANGE_FEE"]

[[fees.rates]]
kind = "interchange"
basis_points = 80
to_day = 2026-11-20
"""


def look(folder: Path, more: str, bank: str = HEAD) -> dict[str, Finding]:
    """Findings by check, with more lines at the end of the example configuration."""
    for file in EXAMPLE.parent.glob("*.sql"):
        (folder / file.name).write_bytes(file.read_bytes())
    text = EXAMPLE.read_text().partition("[settlement]")[0].partition("[[fees.")[0]
    (folder / "recon.toml").write_text(text + more)
    (folder / "bank.csv").write_text(bank)
    settings = load_settings(folder / "recon.toml")
    return {finding.check: finding for finding in contract_findings(settings, TODAY)}


@pytest.mark.parametrize(
    ("bank", "health", "expected"),
    [
        (HEAD + "S1,EUR,12.50,2026-11-23\n", Health.OK, "1 line"),
        (HEAD + "S1,EUR,12.505,2026-11-23\n", Health.WRONG, "bank.csv: line 2, amount: an amount has more decimal"),
        ("batch,amount\n", Health.WRONG, "line 1: has other columns"),
        (HEAD + "S1,EUR,12.50,2026-11-23\n" * 2, Health.NOTE, "line 3 of the bank file says the same as line 2"),
    ],
)
def test_the_bank_file_is_read_as_the_next_run_reads_it(
    tmp_path: Path, bank: str, health: Health, expected: str
) -> None:
    finding = look(tmp_path, SETTLEMENT, bank)["bank file"]
    assert (finding.health, finding.key) == (health, "settlement.bank_file" if health is not Health.OK else "")
    assert expected in finding.found


@pytest.mark.parametrize(
    ("terms", "health", "expected"),
    [
        ("", Health.NOTE, "only weekends are closed"),
        ("holidays = [2026-01-01]", Health.NOTE, "the last one was on 2026-01-01"),
        ("holidays = [2026-12-25]", Health.OK, "1 own day, the last on 2026-12-25"),
        ('calendars = ["ECB"]', Health.OK, "ECB and 0 own days"),
    ],
)
def test_holidays_that_are_over_are_reported(tmp_path: Path, terms: str, health: Health, expected: str) -> None:
    finding = look(tmp_path, SETTLEMENT + terms)["holidays *"]
    assert (finding.health, finding.found) == (health, expected)


def test_a_kind_of_fee_without_a_rate_in_force_is_wrong(tmp_path: Path) -> None:
    found = look(tmp_path, FEES)
    assert found["fees interchange"].health is Health.WRONG
    assert found["fees interchange"].found == "the last rate ended on 2026-11-20"
    assert found["fees"].found == "1 kinds, 0 of 1 rates in force"
    assert found["settlement"].health is Health.NOTE
