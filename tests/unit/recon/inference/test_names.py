"""Participant and agreements from file names; a wallet only where it tells two agreements apart."""

from __future__ import annotations

import tomllib
from datetime import date

import polars as pl

from recon.inference.names import agreements, participant
from recon.reports.names import ReportName, guess_report_name

DAY = date(2026, 11, 20)


def name(agreement: str, currency: str = "EUR", who: str = "1022188000000123") -> ReportName:
    found = guess_report_name(f"transactionItems_{who}_{currency}_2026112000000001_{agreement}_000.csv")
    assert found is not None
    return found


def rows(**wallets: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(agreement, "EUR", psp) for agreement, some in wallets.items() for psp in some],
        schema=["participant_agreement_id", "settlement_currency", "psp_id"],
        orient="row",
    )


def test_the_participant_is_that_of_all_files() -> None:
    found = participant([name("A"), name("B")], DAY)
    assert tomllib.loads("\n".join(found.toml)) == {"participant": {"id": "1022188000000123", "start_day": DAY}}
    several = participant([name("A"), name("B", who="77")], DAY)
    assert several.toml == ()
    assert "several participants" in several.found


def test_a_wallet_of_its_own_comes_first() -> None:
    found = agreements([name("A"), name("CN"), name("A", "USD")], rows(A=["TNG", "DANA"] * 30, CN=["ALIPAY_CN"] * 25))
    assert tomllib.loads("\n".join(found.toml))["agreements"] == [
        {"id": "CN", "settlement_currency": "EUR", "psp": "ALIPAY_CN"},
        {"id": "A", "settlement_currency": "EUR"},
        {"id": "A", "settlement_currency": "USD"},
    ]
    assert "CN in EUR has ALIPAY_CN in 25 of 25 payments" in found.found


def test_few_payments_do_not_tell_agreements_apart() -> None:
    found = agreements([name("A"), name("CN")], rows(A=["TNG", "DANA"] * 20, CN=["ALIPAY_CN"]))
    assert "psp" not in "\n".join(found.toml)
    assert "not enough to tell CN from A in EUR (1 payment)" in found.found
