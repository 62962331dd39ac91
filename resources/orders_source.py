"""How one orders database is described in recon.toml: queries, names, units, zone, statuses.

Nothing here opens a connection: `resources.orders_db` reads what is described, and
`recon.canonical_orders` converts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from recon.orders import (
    PAYMENT_REQUIRED,
    PAYMENT_SCHEMA,
    REFUND_REQUIRED,
    REFUND_SCHEMA,
    CancelState,
    ConfirmState,
    LocalState,
    PayState,
    ProviderState,
)

DERIVED = {
    "source_id",
    "status_raw",
    "pay_state",
    "confirm_state",
    "provider_state",
    "local_state",
    "is_test",
}
TOLD_AS = {"amount_minor": "amount", "settlement_amount_minor": "settlement_amount"}
BOUND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")  # what SQLAlchemy takes for a bound parameter


def source_names(canonical: Iterable[str]) -> tuple[str, ...]:
    """The names that a column map may use for canonical columns."""
    return tuple(TOLD_AS.get(name, name) for name in canonical if name not in DERIVED)


PAYMENT_NAMES = source_names(PAYMENT_SCHEMA)
REFUND_NAMES = source_names(REFUND_SCHEMA)


class Section(BaseModel):
    """A part of recon.toml: never changed after it was read, no room for a misspelt key."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, populate_by_name=False)


def _from_file_folder(path: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("folder", Path.cwd())
    return (base / path.expanduser()).resolve()


def _is_variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be the name of an environment variable, not the secret itself")
    return name


ConfigPath = Annotated[Path, AfterValidator(_from_file_folder)]
EnvName = Annotated[str, AfterValidator(_is_variable_name)]
Text = Annotated[str, Field(min_length=1)]


class KeyRule(Section):
    """How a stored order key becomes the key that is compared."""

    strip: bool = True
    remove_prefix: str = ""


class PaymentMeaning(Section):
    """What one combination of raw statuses means."""

    pay: PayState
    confirm: ConfirmState


class RefundMeaning(Section):
    """What one combination of raw statuses means."""

    provider: ProviderState
    local: LocalState


class PaymentStatus(Section):
    """The raw status columns, and the meaning of their values joined with a bar."""

    columns: tuple[Text, ...] = Field(alias="from", min_length=1)
    map: Mapping[str, PaymentMeaning] = Field(min_length=1)

    def facets(self) -> dict[str, dict[str, str]]:
        """Canonical column -> raw value -> canonical value."""
        return {
            "pay_state": {raw: meaning.pay.value for raw, meaning in self.map.items()},
            "confirm_state": {raw: meaning.confirm.value for raw, meaning in self.map.items()},
        }


class RefundStatus(Section):
    """The raw status columns, and the meaning of their values joined with a bar."""

    columns: tuple[Text, ...] = Field(alias="from", min_length=1)
    map: Mapping[str, RefundMeaning] = Field(min_length=1)

    def facets(self) -> dict[str, dict[str, str]]:
        """Canonical column -> raw value -> canonical value."""
        return {
            "provider_state": {raw: meaning.provider.value for raw, meaning in self.map.items()},
            "local_state": {raw: meaning.local.value for raw, meaning in self.map.items()},
        }


class _Query(Section):
    """A SELECT and the way from its columns to canonical ones."""

    query: str = ""
    query_file: ConfigPath | None = None
    columns: Mapping[str, Text]
    constants: Mapping[str, str] = {}
    amount_unit: Literal["major", "minor"] = "major"
    settlement_amount_unit: Literal["major", "minor"] = "minor"
    key: KeyRule = KeyRule()
    may_be_empty: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read_query_file(cls, section: Any, info: ValidationInfo) -> Any:
        if not isinstance(section, dict) or ("query" in section) == ("query_file" in section):
            raise ValueError("needs either query or query_file")
        if "query" in section:
            return section
        path = _from_file_folder(Path(str(section["query_file"])), info)
        try:
            return section | {"query": path.read_text(encoding="utf-8")}
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"query_file {path.name} cannot be read") from None

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str) -> str:
        text = query.strip().rstrip(";").rstrip()
        if not re.match(r"(?is)(\s|--[^\n]*\n|/\*.*?\*/)*(select|with)\b", text):
            raise ValueError("must be one SELECT (or WITH ... SELECT)")
        if strange := sorted(set(BOUND.findall(text)) - {"as_of_utc"}):
            raise ValueError(rf"binds :{strange[0]}, but only :as_of_utc is given (write \: for a plain colon)")
        return text

    def _check_names(self, allowed: tuple[str, ...], required: Iterable[str]) -> None:
        for part in ("columns", "constants"):
            if strange := sorted(set(getattr(self, part)) - set(allowed)):
                raise ValueError(f"{part}.{strange[0]} is not known; known are {', '.join(allowed)}")
        given = set(self.columns) | set(self.constants)
        if missing := [name for name in source_names(required) if name not in given]:
            raise ValueError(f"columns.{missing[0]} is missing")
        if keys := sorted(set(self.constants) & {"order_key", "refund_key", "payment_request_id"}):
            raise ValueError(f"constants.{keys[0]} cannot be the same for every row")


class PaymentsQuery(_Query):
    """Our payments: one row per paymentRequestId."""

    status: PaymentStatus
    cancel_map: Mapping[str, CancelState] = {}
    test_merchants: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_names(PAYMENT_NAMES, PAYMENT_REQUIRED)
        if "cancel_state" in self.columns and not self.cancel_map:
            raise ValueError("cancel_map is missing, but columns.cancel_state is given")
        return self


class RefundsQuery(_Query):
    """Our refunds and voids: one row per refundRequestId."""

    status: RefundStatus

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_names(REFUND_NAMES, REFUND_REQUIRED)
        return self


class OrdersSource(Section):
    """One database with our side of the story."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    url_env: EnvName
    naive_timezone: str = "UTC"
    quiet_minutes: Annotated[int, Field(ge=0)] = 0
    payments: PaymentsQuery
    refunds: RefundsQuery

    @field_validator("naive_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA list, such as Europe/Paris") from None
        return name
