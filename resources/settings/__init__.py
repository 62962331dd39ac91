"""What recon.toml says, read once, checked, and never changed afterwards.

Secrets are not in the file: it names environment variables, and `Settings.secret` reads them
when they are needed. docs/CONFIGURATION.md explains every key.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator

from recon.breaks.causes import FOLD_FROM
from recon.errors import ConfigurationError
from recon.inquiry import PATH
from recon.money import LARGEST_MINOR, MOST_PLACES, MoneyError, allow_currencies, exponent, typed_minor
from recon.reports.kinds import ReportKind
from recon.reports.layouts import DEFAULT
from recon.tolerance import Tolerance as RuleTolerance
from recon.valuation import Reporting as ReportingRule
from resources.files import Readers, create_readable_by, require_plain_path
from resources.settings.alerts import Alerts
from resources.settings.decisions import Decisions
from resources.settings.engine import EngineSettings
from resources.settings.errors import first_error
from resources.settings.fees import Fees
from resources.settings.orders import (
    ConfigPath,
    EnvName,
    Minor,
    Minutes,
    OrdersSource,
    Pause,
    Seconds,
    Section,
    Text,
)
from resources.settings.settlement import Settlement, uncovered
from resources.settings.storage import Storage

CONFIG_VARIABLE = "RECON_CONFIG"
DEFAULT_FILE = "recon.toml"
RULES, MINUTE = RuleTolerance(), timedelta(minutes=1)  # the defaults of what the rules tolerate
SMALL = ReportingRule().small


def exact(value: object) -> object:
    """A number as text: what TOML calls a number may already be another one than was written."""
    if isinstance(value, float):
        raise ValueError('must be text, such as "0.92"')
    return value


Codes = Annotated[tuple[Text, ...], Field(min_length=1)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Places = Annotated[int, Field(ge=0, le=MOST_PLACES)]
Share = Annotated[float, Field(ge=0, le=1)]
Exact = Annotated[Decimal, BeforeValidator(exact), Field(gt=0, lt=LARGEST_MINOR)]
Positive = Annotated[int, Field(gt=0)]


class Participant(Section):
    """Who we are at Alipay+."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    start_day: date


class Sftp(Section):
    """Where the report files are."""

    host: Text
    port: Annotated[int, Field(gt=0, lt=65536)] = 22
    username: Text
    root: Annotated[str, Field(pattern=r"^/")] = "/v1"
    known_hosts: ConfigPath
    private_key_env: EnvName = "RECON_SFTP_KEY"
    passphrase_env: EnvName = "RECON_SFTP_PASSPHRASE"  # noqa: S105 - a name, not the secret
    password_env: EnvName = "RECON_SFTP_PASSWORD"  # noqa: S105 - a name, not the secret
    connect_timeout_seconds: Seconds = 15
    read_timeout_seconds: Seconds = 60
    transfer_timeout_seconds: Seconds = 3600
    largest_file_mib: Positive = 2048
    attempts: Positive = 4
    backoff_seconds: Pause = 1


class Agreement(Section):
    """Under which agreement an order is expected to be cleared."""

    id: Text
    settlement_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    psp: Text = "*"
    merchants: Annotated[tuple[Text, ...], Field(min_length=1)] = ("*",)


class Calendar(Section):
    """How long to wait before a thing is late."""

    arrival_grace_minutes: Minutes = RULES.arrival_grace // MINUTE
    proved_within_minutes: Minutes = 30
    late_cycles: Annotated[int, Field(ge=0, le=30)] = RULES.late_cycles
    confirm_grace_minutes: Minutes = RULES.confirm_grace // MINUTE
    init_grace_minutes: Minutes = RULES.init_grace // MINUTE
    refund_warning_days: Annotated[int, Field(ge=0, le=365)] = RULES.refund_warning.days

    @property
    def arrival_grace(self) -> timedelta:
        """Time between 08:00 UTC+8 and the run."""
        return timedelta(minutes=self.arrival_grace_minutes)

    @property
    def proved_within(self) -> timedelta:
        """Time between the start of the run and a proved day."""
        return timedelta(minutes=self.proved_within_minutes)

    @property
    def confirm_grace(self) -> timedelta:
        """Time that a till has for its confirm."""
        return timedelta(minutes=self.confirm_grace_minutes)

    @property
    def init_grace(self) -> timedelta:
        """Time that an order may stay without a final answer."""
        return timedelta(minutes=self.init_grace_minutes)


class Tolerance(Section):
    """How much may differ before it is a break, or before the run stops."""

    settlement_minor: Minor = RULES.settlement_minor
    refund_fx_minor: Minor = RULES.refund_fx_minor
    duplicate_window_minutes: Minutes = RULES.duplicate_window // MINUTE
    systematic_shift_share: Share = RULES.systematic_shift_share
    unmapped_share: Share = 0.005
    quarantined_rows: Minor = 0
    small: Exact = SMALL
    flood_rows: Annotated[int, Field(ge=2)] = RULES.flood_rows


class Reporting(Section):
    """The currency in which breaks are ranked, rates for currencies that no settled row has, and what is one line."""

    currency: CurrencyCode | None = None
    rates: Mapping[CurrencyCode, Exact] = {}
    fold_from: Annotated[int, Field(ge=2)] = FOLD_FROM

    @model_validator(mode="after")
    def _rates_need_their_currency(self) -> Self:
        if self.rates and self.currency is None:
            raise ValueError("rates are in units of reporting.currency, which is missing")
        if self.currency in self.rates:
            raise ValueError(f"rates has a rate for {self.currency} itself")
        return self


class Reports(Section):
    """What is assumed of the layout of the report files."""

    aliases: Mapping[ReportKind, Mapping[str, tuple[Text, ...]]] = {}
    credit_is_positive: bool = True
    assumed_zone: Annotated[str, Field(pattern=r"^[+-](0\d|1[0-5]):[0-5]\d$")] = "+08:00"
    encoding: Text = "utf-8"
    payment_types: Codes = DEFAULT.payment_types
    refund_types: Codes = DEFAULT.refund_types
    credit_codes: Codes = DEFAULT.credit_codes
    debit_codes: Codes = DEFAULT.debit_codes
    missing_words: tuple[Text, ...] = DEFAULT.missing_words

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError('is not an encoding of text, such as "utf-8" or "gb18030"') from None
        return name

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        for left, right in (("payment_types", "refund_types"), ("credit_codes", "debit_codes")):
            if {code.upper() for code in getattr(self, left)} & {code.upper() for code in getattr(self, right)}:
                raise ValueError(f"{left} and {right} have a word in common")
        return self


class WarehouseSettings(Section):
    """Where the state is kept, and what it may use."""

    directory: ConfigPath = Path("var/state")
    readable_by: Readers = "owner"
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?(MB|GB|MiB|GiB)$")] = "1GB"
    threads: Positive = 2
    lock_wait_seconds: Pause = 30

    @field_validator("directory")
    @classmethod
    def _can_hold_databases(cls, path: Path) -> Path:
        return require_plain_path(path)


class Exports(Section):
    """What leaves, and where to."""

    directory: ConfigPath = Path("var/exports")
    formats: tuple[Literal["csv", "parquet", "xlsx", "html"], ...] = ("csv", "parquet", "xlsx", "html")
    workbook_rows: Annotated[int, Field(gt=0, lt=1_048_576)] = 100_000


class Inquiry(Section):
    """How Alipay+ is asked about a payment."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+/?$")]
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_-]+)+$")] = PATH
    environment: Literal["production", "sandbox"] = "production"
    client_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]+$")]
    acquirer_id: str = ""
    key_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] = "1"
    private_key_file: ConfigPath | None = None
    private_key_env: EnvName = "RECON_INQUIRY_KEY"
    passphrase_env: EnvName = "RECON_INQUIRY_PASSPHRASE"  # noqa: S105 - a name, not the secret
    public_key_files: tuple[ConfigPath, ...] = ()
    public_key_env: EnvName = "RECON_INQUIRY_PUBLIC_KEY"
    ca_bundle: ConfigPath | None = None
    required_reply_headers: tuple[Literal["Client-Id", "Response-Time"], ...] = ("Client-Id", "Response-Time")
    response_time_allowance_seconds: Seconds = 300
    final_answers_name_an_id: bool = True
    connect_timeout_seconds: Seconds = 5
    read_timeout_seconds: Seconds = 10
    attempts: Positive = 3
    backoff_seconds: Pause = 1
    per_second: Annotated[float, Field(ge=0)] = 5
    wait_minutes: Annotated[tuple[Minutes, ...], Field(min_length=1)] = (0, 5, 60, 1440, 1440, 1440, 1440, 1440)
    questions_per_run: Positive = 1000
    pause_after_stop_minutes: Minutes = 60
    workers: Annotated[int, Field(gt=0, le=64)] = 4

    @model_validator(mode="after")
    def _first_at_once(self) -> Self:
        if self.wait_minutes[0] != 0:
            raise ValueError("wait_minutes begins with 0: the first question is asked at once")
        return self


class Settings(Section):
    """The whole of recon.toml."""

    participant: Participant
    sftp: Sftp | None = None
    orders: Annotated[tuple[OrdersSource, ...], Field(min_length=1)]
    agreements: Annotated[tuple[Agreement, ...], Field(min_length=1)]
    calendar: Calendar = Calendar()
    tolerance: Tolerance = Tolerance()
    reporting: Reporting = Reporting()
    reports: Reports = Reports()
    warehouse: WarehouseSettings
    engine: EngineSettings = EngineSettings()
    exports: Exports
    storage: Storage | None = None
    inquiry: Inquiry | None = None
    currencies: dict[CurrencyCode, Places] = Field(default_factory=dict)  # besides ISO 4217
    fees: Fees = Fees()
    settlement: Settlement | None = None
    alerts: Alerts = Alerts()
    decisions: Decisions = Decisions()
    _environ: Mapping[str, str] = PrivateAttr(default_factory=lambda: os.environ)

    @model_validator(mode="before")
    @classmethod
    def _default_folders(cls, content: Any) -> Any:
        """Defaults that are paths start from the folder of the file, too."""
        given = content if isinstance(content, dict) else {}
        return {"warehouse": {}, "exports": {}} | given

    @model_validator(mode="after")
    def _currencies_are_known(self) -> Self:
        """From here on the rules know the allowed codes too: a process has one configuration."""
        allow_currencies(self.currencies)
        named = {line.settlement_currency for line in self.agreements} | {rate.currency for rate in self.fees.rates}
        named |= {limit.currency for limit in self.decisions.limits}
        named |= {*self.reporting.rates, *({self.reporting.currency} if self.reporting.currency else ())}
        for code in sorted(named - {"*"}):
            try:
                exponent(code)
            except MoneyError as error:
                raise ValueError(f"{error.what}; allow it with its decimal places under [currencies]") from None
        return self

    @model_validator(mode="after")
    def _folders_are_apart(self) -> Self:
        """What is exported is for other readers than the state."""
        state, exports = self.warehouse.directory, self.exports.directory
        if state.is_relative_to(exports) or exports.is_relative_to(state):
            raise ValueError("warehouse.directory and exports.directory must not be in each other")
        return self

    @model_validator(mode="after")
    def _distinct_sources(self) -> Self:
        ids = [source.id for source in self.orders]
        if len(set(ids)) < len(ids):
            raise ValueError("two [[orders]] have the same id")
        return self

    @model_validator(mode="after")
    def _each_agreement_is_settled(self) -> Self:
        sets = [(line.id, line.settlement_currency) for line in self.agreements]
        if self.settlement and (missing := uncovered(self.settlement.terms, sets)):
            raise ValueError(f"no settlement.terms cover agreement {missing[0][0]} in {missing[0][1]}")
        return self

    @model_validator(mode="after")
    def _limits_are_amounts(self) -> Self:
        """Read once the currencies are known."""
        for limit in self.decisions.limits:
            try:
                typed_minor(limit.up_to, limit.currency)
            except MoneyError as error:
                raise ValueError(f"decisions.limits: {error.what}") from None
        return self

    def secret(self, name: str) -> SecretStr:
        """The value of an environment variable that must be there."""
        return read_secret(name, self._environ)

    def wanted_sftp(self) -> Sftp:
        """The section [sftp]; ConfigurationError where reports are landed by hand only."""
        if self.sftp is None:
            raise ConfigurationError(
                "there is no section [sftp]",
                where="recon.toml",
                do="Write it, or land the reports with `recon land --from`",
            )
        return self.sftp

    def wanted_inquiry(self) -> Inquiry:
        """The section [inquiry]; ConfigurationError where no one is to be asked."""
        if self.inquiry is None:
            raise ConfigurationError(
                "there is no section [inquiry]", where="recon.toml", do="Write it as docs/CONFIGURATION.md explains"
            )
        return self.inquiry

    def optional_secret(self, name: str) -> SecretStr | None:
        """The value of an environment variable, or None."""
        return find_secret(name, self._environ)


def read_secret(name: str, environ: Mapping[str, str]) -> SecretStr:
    """The value of an environment variable that must be there; it is never printed."""
    if not (value := environ.get(name, "")):
        raise ConfigurationError("the environment variable is not set", where=name, do="Set it before the run")
    return SecretStr(value)


def find_secret(name: str, environ: Mapping[str, str]) -> SecretStr | None:
    """The value of an environment variable, or None; it is never printed."""
    value = environ.get(name, "")
    return SecretStr(value) if value else None


def nothing_is_configured(environ: Mapping[str, str] = os.environ) -> bool:
    """No file is named, and none is in the working folder."""
    return not environ.get(CONFIG_VARIABLE) and not Path(DEFAULT_FILE).exists()


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads and checks the file; relative paths in it start from its own folder.

    Without a path it is the configuration of this process, which from then on creates files as
    `warehouse.readable_by` says.
    """
    file = path or Path(environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(
            "there is no such file",
            where=str(file),
            do=f"Write one with `recon init`, or name another one in {CONFIG_VARIABLE}",
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            "cannot be read as UTF-8 text",
            where=str(file),
            do="Check that it is a file, its permissions, and save it as UTF-8",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"is not valid TOML: {error}", where=str(file), do="Correct that line") from None
    try:
        settings = Settings.model_validate(content, context={"folder": file.resolve().parent})
    except ValidationError as error:
        raise first_error(error, file, Settings) from None
    settings._environ = environ
    if path is None:
        create_readable_by(settings.warehouse.readable_by)
    return settings
