"""The section [fees]: the contract that it gives, and how its mistakes are reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from recon.errors import ConfigurationError
from recon.fees import FeeContract, FeeKind, FeeRate, Returned, Rounding
from resources.settings import Settings, load_settings
from resources.settings.rules import day_rules
from tests.support import ROOT

HEAD = (ROOT / "config" / "recon.toml").read_text().split("[calendar]")[0]
KIND = """
[[fees.kinds]]
name = "interchange"
codes = ["INTERCHANGE_FEE"]
"""
CONTRACT = f"""
[fees]
tolerance_minor = 1
pattern_rows = 9
{KIND}
[[fees.kinds]]
name = "service"
rounding = "HALF_EVEN"
rounding_step_minor = 100
returned_on_refunds = "none"

[[fees.rates]]
kind = "interchange"
basis_points = 80.25

[[fees.rates]]
kind = "service"
basis_points = 20
fixed_minor = 5
minimum_minor = 10
cap_minor = 500
currency = "EUR"
agreement = "A1"
psp = "GCASH"
merchants = ["M1", "M2"]
from_day = 2026-11-01
to_day = 2026-12-31
"""


def settings_with(folder: Path, section: str) -> Settings:
    file = folder / "recon.toml"
    file.write_text(HEAD + section)
    return load_settings(file, {})


def test_a_whole_contract(tmp_path: Path) -> None:
    rules = day_rules(settings_with(tmp_path, CONTRACT))
    assert rules.fees == FeeContract(
        (
            FeeKind("interchange", ("INTERCHANGE_FEE",)),
            FeeKind("service", (), Rounding.HALF_EVEN, Returned.NONE, 100),
        ),
        (
            FeeRate("interchange", 8025),
            FeeRate(
                "service", 2000, 5, 10, 500, "EUR", "A1", "GCASH", ("M1", "M2"), date(2026, 11, 1), date(2026, 12, 31)
            ),
        ),
        tolerance_minor=1,
        pattern_rows=9,
    )


def test_without_the_section_nothing_is_contracted(tmp_path: Path) -> None:
    assert day_rules(settings_with(tmp_path, "")).fees == FeeContract()


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (f'{KIND}[[fees.rates]]\nkind = "service"\nbasis_points = 1', "is of the kind 'service'"),
        (f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 80.255', "2 decimal places"),
        (f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 1\ncap_minor = 5', "needs a currency"),
        (
            f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 1\ncap_minor = {10**16}',
            "cap_minor: .*less than",
        ),
        (
            f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 1\ncurrency = "EUR"\n'
            "minimum_minor = 6\ncap_minor = 5",
            "cap is below the minimum",
        ),
        (
            f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 1\n'
            '[[fees.rates]]\nkind = "interchange"\nbasis_points = 2\nfrom_day = 2027-01-01',
            "two rates are for the same transactions",
        ),
        (f"{KIND}{KIND}", "same name"),
        (f'{KIND}[[fees.kinds]]\nname = "service"\ncodes = ["interchange_fee"]', "same code"),
        (f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_point = 1', "basis_points"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(tmp_path: Path, section: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        settings_with(tmp_path, section)


def test_one_line_may_end_where_the_next_begins(tmp_path: Path) -> None:
    section = (
        f'{KIND}[[fees.rates]]\nkind = "interchange"\nbasis_points = 1\nto_day = 2026-12-31\n'
        '[[fees.rates]]\nkind = "interchange"\nbasis_points = 2\nfrom_day = 2027-01-01'
    )
    assert len(day_rules(settings_with(tmp_path, section)).fees.rates) == 2
