"""recon.toml: what it gives, and how its mistakes are reported."""

# ruff: noqa: E501 - tables are read by the row

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from recon.errors import ConfigurationError
from recon.money import allow_currencies, format_money
from resources.settings import Calendar, Settings, Tolerance, load_settings
from resources.settings.errors import PATTERNS
from resources.settings.fees import Fees, KindSettings, RateSettings
from resources.settings.orders import Section
from resources.settings.rules import report_options
from resources.settings.settlement import Terms
from tests.support import ROOT
from tests.support.report_text import read

CONFIG = ROOT / "config"
EXAMPLE = (CONFIG / "recon.toml").read_text()


def test_the_example_is_valid_and_paths_start_from_its_folder() -> None:
    settings = load_settings(CONFIG / "recon.toml", {})
    assert settings.participant.start_day == date(2026, 11, 1)
    assert settings.sftp.known_hosts == CONFIG / "known_hosts"
    assert settings.warehouse.directory == CONFIG / "var/state"
    assert settings.calendar.arrival_grace == timedelta(minutes=30)
    assert [agreement.psp for agreement in settings.agreements] == ["ALIPAY_CN", "*"]
    assert settings.orders[0].payments.status.facets()["confirm_state"]["S|Y"] == "CONFIRMED"


def test_the_optional_sections_of_the_example_are_the_defaults(tmp_path: Path) -> None:
    head, _ = EXAMPLE.split("[calendar]")
    short = tmp_path / "recon.toml"
    short.write_text(head)
    (tmp_path / "full").mkdir()
    full = tmp_path / "full" / "recon.toml"
    full.write_text(EXAMPLE)
    left, right = load_settings(short, {}), load_settings(full, {})
    for section in ("calendar", "tolerance", "reports"):
        assert getattr(left, section) == getattr(right, section)
    places = {"directory"}
    for section in ("warehouse", "exports"):
        assert getattr(left, section).model_dump(exclude=places) == getattr(right, section).model_dump(exclude=places)
    assert left.exports.directory == tmp_path / "var/exports"


def test_one_line_needs_two_breaks(tmp_path: Path) -> None:
    file = tmp_path / "recon.toml"
    file.write_text(f"{EXAMPLE}\n[reporting]\nfold_from = 2\n")
    assert load_settings(file, {}).reporting.fold_from == 2
    file.write_text(f"{EXAMPLE}\n[reporting]\nfold_from = 1\n")
    with pytest.raises(ConfigurationError, match="fold_from"):
        load_settings(file, {})


def test_other_words_in_the_reports_are_configuration(tmp_path: Path) -> None:
    text = "totalCount,netAmount,direction\n2,700,in\n\ntransactionId,transactionType,transactionTime,settlementAmount,direction\n"
    text += "P1,PAY,2026-11-20T10:00:00Z,1000,IN\nR1,RETURN,2026-11-20T11:00:00Z,300,OUT\n"
    words = 'payment_types = ["PAY"]\nrefund_types = ["RETURN"]\ncredit_codes = ["In"]\ndebit_codes = ["Out"]\n'
    file = tmp_path / "recon.toml"
    file.write_text(EXAMPLE.replace("[reports]\n", f"[reports]\n{words}"))
    report = read(text, options=report_options(load_settings(file, {})))
    assert (report.finding, report.quarantine.height) == (None, 0)
    assert report.rows.select("row_role", "sign").rows() == [("PAYMENT", 1), ("REFUND", -1)]
    file.write_text(EXAMPLE.replace("[reports]\n", '[reports]\npayment_types = ["Refund"]\n'))
    with pytest.raises(ConfigurationError, match="payment_types and refund_types have a word in common"):
        load_settings(file, {})


def test_a_query_may_stand_in_its_own_file() -> None:
    settings = load_settings(CONFIG / "other_orders.toml", {})
    assert "from caisse" in settings.orders[0].payments.query


def test_the_file_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"recon\.toml: there is no such file"):
        load_settings(None, {})
    assert load_settings(None, {"RECON_CONFIG": str(CONFIG / "recon.toml")}).participant.id.startswith("1022")
    (tmp_path / "recon.toml").write_text(EXAMPLE)
    assert load_settings(None, {}).warehouse.directory == tmp_path / "var/state"


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(CONFIG / "recon.toml", {})
    with pytest.raises(ValidationError):
        settings.calendar.late_cycles = 5


def test_secrets_are_read_when_needed_and_never_shown() -> None:
    environ: dict[str, str] = {}
    settings = load_settings(CONFIG / "recon.toml", environ)
    with pytest.raises(ConfigurationError, match="RECON_ORDERS_URL: the environment variable is not set"):
        settings.secret("RECON_ORDERS_URL")
    assert settings.optional_secret("RECON_SFTP_PASSWORD") is None
    environ["RECON_ORDERS_URL"] = "postgresql://reader:hush@db/ogloba"
    secret = settings.secret("RECON_ORDERS_URL")
    assert secret.get_secret_value().endswith("@db/ogloba")
    assert "hush" not in f"{secret} {secret!r} {settings!r}"


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ("late_cycles = 2", "late_cycle = 2", "calendar.late_cycle: is not a known key. Did you mean late_cycles?"),
        ("[participant]", "[participants]", "participants: is not a known key (and 1 more: participant). Did you mean participant?"),
        ("late_cycles = 2", "late_cycles = 200", "calendar.late_cycles: should be less than or equal to 30"),
        ("late_cycles = 2", 'late_cycles = "two"', "calendar.late_cycles: is not a whole number"),
        ("start_day = 2026-11-01", "", "participant.start_day: is missing"),
        ("start_day = 2026-11-01", 'start_day = "1.11.26"', "participant.start_day: is not a day like 2026-11-20"),
        ('root = "/v1"', 'root = "v1"', "sftp.root: does not begin with /"),
        ('root = "/v1"', "root = 1", "sftp.root: is not text in quotation marks"),
        ("unmapped_share = 0.005", 'unmapped_share = "few"', "tolerance.unmapped_share: is not a number"),
        ("start_day = 2026-11-01", "start_day = 2026-11-99", "is not valid TOML"),
        ("[participant]", "[participant", "is not valid TOML"),
        ('pay = "SUCCESS", confirm = "CONFIRMED"', 'pay = "PAID", confirm = "CONFIRMED"', 'map."S|Y".pay: should be'),
        ('"REF_NO" ', '"REF_NO"\nreference = "REF_NO"', "columns.reference is not known"),
        ('order_key = "REF_NO"', "", "columns.order_key is missing"),
        ('amount = "AMT"\n', "", "columns.amount is missing"),
        ('amount_unit = "major"  ', 'amount_unit = "cents"  ', "payments.amount_unit: should be 'major' or 'minor'"),
        ('"UTC"', '"Mars/Olympus"', "orders[0].naive_timezone: is not a time zone"),
        ('"RECON_ORDERS_URL"', '"postgresql://reader:hush@db/x"', "orders[0].url_env: must be the name of an environment"),
        (":as_of_utc and", ":day and", "orders[0].payments.query: binds :day"),
        ('query = """\nselect', 'query = """\ndelete', "orders[0].payments.query: must be one SELECT"),
        ('query = """\nselect REF', 'query_file = "no.sql"\nqueri = """\nselect REF', "query_file no.sql cannot be read"),
        ("[orders.payments.cancel_map]", "[orders.payments.no]", "orders[0].payments.no: is not a known key"),
        ('private_key_env = "RECON_SFTP_KEY"', 'private_key_env = "-----BEGIN hush"', "sftp.private_key_env: must be the"),
        ("unmapped_share = 0.005", "unmapped_share = 5", "tolerance.unmapped_share: should be less than or equal to 1"),
        ('["csv", "parquet", "xlsx", "html"]', '["pdf"]', "exports.formats[0]: should be 'csv', 'parquet', 'xlsx'"),
        ("start_day = 2026-11-01", "start_day = 0", "participant.start_day: is not a day like 2026-11-20"),
        ("start_day = 2026-11-01", 'start_day = "1793491200"', "participant.start_day: is not a day like 2026-11-20"),
        ("late_cycles = 2", "late_cycles = true", "calendar.late_cycles: is not a number"),
        ("lock_wait_seconds = 30", "lock_wait_seconds = inf", "warehouse.lock_wait_seconds: should be a finite number"),
        ("statement_timeout_seconds = 600", "statement_timeout_seconds = 1e300", "statement_timeout_seconds: should be less"),
        ('"UTC"', '"right/Europe/Paris"', "orders[0].naive_timezone: is not a time zone"),
        ('["TESTSTORE"]', '["TESTSTORE\u00a0"]', "payments.test_merchants[0]: has a blank or a character that cannot be seen"),
        ('"N|P" =', '"N |P" =', 'orders[0].refunds.status: map."N |P" fits no row: write its values without blanks'),
        ('"N|P" =', '"N" =', 'orders[0].refunds.status: map."N" fits no row: it needs 2 values'),
        ('REQ = "REQUESTED"', '"" = "SUCCESS"', "payments.cancel_map.\"\": is empty: an empty cell has no word"),
        ('encoding = "utf-8"', 'encoding = "utf-9"', "reports.encoding: is not an encoding of text"),
        ('"+08:00"', '"+80:00"', "reports.assumed_zone: is not an offset such as +08:00"),
        ('"var/exports"', '"var/state/exports"', "warehouse.directory and exports.directory must not be in each other"),
        ("# [reporting] ", "[reporting]\ncurrency = \"EUR\"\nrates = { EUR = \"2\" }\n# ", "reporting: rates has a rate for EUR itself"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_file_key_and_what_to_do(tmp_path: Path, good: str, bad: str, expected: str) -> None:
    assert good in EXAMPLE
    file = tmp_path / "recon.toml"
    file.write_text(EXAMPLE.replace(good, bad, 1))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, {})
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert expected in message
    assert "\n" not in message
    assert "hush" not in message


def test_two_sources_need_two_ids(tmp_path: Path) -> None:
    source = EXAMPLE.split("\n[[orders]]\n")[1].split("\n[[agreements]]")[0]
    twice = EXAMPLE.replace("\n[[agreements]]", f"\n[[orders]]\n{source}\n[[agreements]]", 1)
    file = tmp_path / "recon.toml"
    file.write_text(twice)
    with pytest.raises(ConfigurationError, match="two \\[\\[orders\\]\\] have the same id"):
        load_settings(file, {})


def test_a_currency_that_is_none_can_be_allowed_with_its_decimals(tmp_path: Path) -> None:
    file = tmp_path / "recon.toml"
    other = EXAMPLE.replace('settlement_currency = "EUR"', 'settlement_currency = "CNH"')
    assert other != EXAMPLE
    file.write_text(other)
    with pytest.raises(ConfigurationError, match=r"'CNH' is not an ISO 4217 currency.*under \[currencies\]"):
        load_settings(file, {})
    try:
        file.write_text(f"{other}\n[currencies]\nCNH = 2\nRMB = 2\n")
        load_settings(file, {})
        assert format_money(150, "CNH") == "1.50 CNH"
    finally:
        allow_currencies({})
    for line in ("cnh = 2", "CNH = 9", "CNH = -1"):
        file.write_text(f"{EXAMPLE}\n[currencies]\n{line}\n")
        with pytest.raises(ConfigurationError, match="currencies"):
            load_settings(file, {})


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        (Calendar, "arrival_grace_minutes", -1),
        (Calendar, "confirm_grace_minutes", -1),
        (Calendar, "init_grace_minutes", -1),
        (Calendar, "refund_warning_days", -1),
        (Calendar, "late_cycles", -1),
        (Tolerance, "duplicate_window_minutes", -1),
        (Tolerance, "settlement_minor", -1),
        (Tolerance, "refund_fx_minor", -1),
        (Tolerance, "systematic_shift_share", 1.01),
        (Tolerance, "systematic_shift_share", -0.01),
        (Tolerance, "flood_rows", 1),
        (Fees, "tolerance_minor", -1),
        (KindSettings, "rounding_step_minor", 0),
        (RateSettings, "basis_points", -1),
        (RateSettings, "fixed_minor", -1),
        (RateSettings, "minimum_minor", -1),
        (RateSettings, "cap_minor", -1),
        (Terms, "days_after_clearing", 0),
        (Terms, "value_days", -1),
    ],
)
def test_a_number_out_of_its_bounds_is_refused(section: type[Section], key: str, value: float) -> None:
    with pytest.raises(ValidationError) as caught:
        section.model_validate({key: value})
    assert (key,) in [error["loc"] for error in caught.value.errors()]


def test_words_about_a_pattern_are_about_one_that_a_key_has() -> None:
    schema = json.dumps(Settings.model_json_schema())
    assert [pattern for pattern in PATTERNS if f'"pattern": {json.dumps(pattern)}' not in schema] == []
