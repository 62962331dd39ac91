"""The section [settlement]: real holidays, own dates, terms that fit, and the file of the bank."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from recon.errors import ConfigurationError
from recon.settlement.terms import SettlementTerms, terms_of
from resources.bank_amounts import read_bank_amounts
from resources.settings import load_settings
from resources.settings.rules import terms_of_settlement
from resources.settings.settlement import Settlement
from tests.support import ROOT


def terms(text: str) -> tuple[SettlementTerms, ...]:
    settings = load_settings(ROOT / "config/recon.toml", {})
    ours = settings.participant.model_copy(update={"start_day": date(2026, 1, 1)})
    update = {"participant": ours, "settlement": Settlement.model_validate(tomllib.loads(text))}
    return terms_of_settlement(settings.model_copy(update=update), date(2026, 12, 31))


def test_golden_week_is_stepped_over_and_its_working_saturday_is_not() -> None:
    (china,) = terms('[[terms]]\nagreement = "CN"\ndays_after_clearing = 1\ncalendars = ["CN"]')
    assert china.due_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert china.due_day(date(2026, 10, 9)) == date(2026, 10, 10)  # a Saturday on which China works
    assert china.due_day(date(2026, 12, 31)) == date(2027, 1, 4)  # the next year is known too


def test_the_calendar_of_the_european_banks() -> None:
    (euro,) = terms('[[terms]]\ndays_after_clearing = 2\ncalendars = ["ECB"]\nvalue_days = 1')
    assert euro.due_day(date(2026, 4, 1)) == date(2026, 4, 7)  # Good Friday and Easter Monday
    assert euro.value_date(date(2026, 12, 24)) == date(2026, 12, 28)


def test_several_calendars_must_all_be_open() -> None:
    (both,) = terms('[[terms]]\ndays_after_clearing = 1\ncalendars = ["ECB", "CN"]')
    assert both.due_day(date(2026, 10, 9)) == date(2026, 10, 12)  # a Saturday is closed in Europe
    assert both.due_day(date(2026, 4, 2)) == date(2026, 4, 7)


def test_own_dates_have_the_last_word() -> None:
    (own,) = terms(
        '[[terms]]\ndays_after_clearing = 1\ncalendars = ["CN"]\nholidays = [2026-10-10]\nworking_days = [2026-10-01]'
    )
    assert own.due_day(date(2026, 9, 30)) == date(2026, 10, 1)
    assert own.due_day(date(2026, 10, 9)) == date(2026, 10, 12)


def test_regions_have_their_own_days() -> None:
    bavaria, _ = terms(
        '[[terms]]\nagreement = "A"\ndays_after_clearing = 1\ncalendars = ["DE-BY"]\n[[terms]]\ndays_after_clearing = 1'
    )
    assert not bavaria.calendar.is_open(date(2026, 1, 6))


def test_the_first_line_that_fits_is_taken() -> None:
    lines = terms(
        '[[terms]]\nagreement = "A"\ncurrency = "EUR"\ndays_after_clearing = 1\n'
        '[[terms]]\ncurrency = "EUR"\ndays_after_clearing = 2\nnegative_net = "carried_over"\nminimum_minor = 100'
    )
    assert terms_of(lines, "A", "EUR") is lines[0]
    assert terms_of(lines, "B", "EUR") is lines[1]
    assert terms_of(lines, "A", "USD") is None
    assert lines[0].is_enough(-5)
    assert not lines[1].is_enough(-500)
    assert not lines[1].is_enough(99)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[terms]]\ndays_after_clearing = 1\ncalendars = ["XX"]', "there is no calendar 'XX'"),
        ("[[terms]]\ndays_after_clearing = 0", "greater than or equal to 1"),
        ('[[terms]]\ndays_after_clearing = 1\n[[terms]]\nagreement = "A"\ndays_after_clearing = 2', "after wider ones"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        terms(text)


def bank(folder: Path, text: str) -> Path:
    file = folder / "bank.csv"
    file.write_text(text)
    return file


def test_bank_amounts_are_read_in_the_decimals_of_their_currency(tmp_path: Path) -> None:
    file = bank(
        tmp_path,
        "settlement_batch_id,currency,amount,value_date\nS1,EUR,12.5,2026-11-23\nS2,JPY,1250,2026-11-23\n"
        "S3,KWD,1.005,2026-11-23\nS4,EUR,-3.00,2026-11-24\n",
    )
    assert read_bank_amounts(file)["amount_minor"].to_list() == [1250, 1250, 1005, -300]
    more = bank(
        tmp_path, "settlement_batch_id,currency,amount,value_date\nS1,KWD,12.000,2026-11-23\nS2,JPY,12,2026-11-23\n"
    )
    assert read_bank_amounts(more)["amount_minor"].to_list() == [12_000, 12]  # three decimals are those of the dinar
    assert read_bank_amounts(None).is_empty()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "S1,EUR,1.005,2026-11-23",
            "line 3, amount: an amount has more decimal places than EUR allows. '1.005' is there",
        ),
        ("S1,EURO,1.00,2026-11-23", "line 3, currency: 'EURO' is not an ISO 4217 currency"),
        (" ,EUR,1.00,2026-11-23", "in each column"),
        ("S1,EUR,12.5", "in each column"),
        ("S1,EUR,12.5,23.11.2026", "line 3, value_date: the value date '23.11.2026' is not"),
        ("S1,EUR,twelve,2026-11-23", "not a number"),
        (
            "S1,EUR,12.000,2026-11-23",
            "line 3, amount: .* more decimal places than EUR allows. '12.000' .* with 2 decimals",
        ),
        ("S1,JPY,12.000,2026-11-23", "line 3, amount: .* more decimal places than JPY allows. .* with no decimals"),
        ("S1,JPY,12.00,2026-11-23", "more decimal places than JPY allows"),
        ('S1,EUR,"1,234",2026-11-23', "line 3, amount: an amount is not a number. '1,234'"),
        ('S1,EUR,"12,00",2026-11-23', "not a number"),
        ("S1,EUR,1.234.567,2026-11-23", "not a number"),
        ("S1,EUR,1e3,2026-11-23", "not a number"),
        ("S1,EUR,1_000,2026-11-23", "not a number"),
        ("S1,EUR,1 000,2026-11-23", "not a number"),
        ("S1,EUR,99999999999999999999.00,2026-11-23", "line 3, amount: an amount is too large to be one"),
        ("S1,RMB,1.00,2026-11-23", r"line 3, currency: 'RMB' is not an ISO 4217 currency. .*\[currencies\]"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    file = bank(tmp_path, f"settlement_batch_id,currency,amount,value_date\nS0,EUR,1,2026-11-23\n{line}\n")
    with pytest.raises(ConfigurationError, match=expected) as raised:
        read_bank_amounts(file)
    assert str(file) in str(raised.value)
    assert "line 3" in str(raised.value)


def test_a_missing_or_foreign_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        read_bank_amounts(tmp_path / "bank.csv")
    with pytest.raises(ConfigurationError, match="other columns"):
        read_bank_amounts(bank(tmp_path, "batch,amount\n"))


def test_every_agreement_needs_terms(tmp_path: Path) -> None:
    example = (ROOT / "config" / "recon.toml").read_text()
    file = tmp_path / "recon.toml"
    file.write_text(example + '\n[[settlement.terms]]\nagreement = "AGR-CN"\ndays_after_clearing = 1\n')
    with pytest.raises(ConfigurationError, match=r"no settlement\.terms cover agreement AGR-1 in EUR"):
        load_settings(file, {})
