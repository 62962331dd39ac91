"""How one orders database is described in recon.toml: queries, names, units, zone, statuses, write-back.

Nothing here opens a connection: `resources.orders_db.db` reads what is described, `recon.orders.canonical`
converts it, and `assets.inquiries.write_back` stores answers in it where that is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
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

from recon.blanks import trimmed
from recon.inquiry.write_back import BOUND_NAMES, wrong_state
from recon.listing import counted
from recon.money import LARGEST_MINOR
from recon.orders import (
    PAYMENT_REQUIRED,
    PAYMENT_SCHEMA,
    REFUND_REQUIRED,
    REFUND_SCHEMA,
    CancelState,
    ConfirmState,
    Initiator,
    LocalState,
    PayState,
    ProviderState,
    ResultChannel,
)
from resources.orders_db.limits import Limits

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
CHANGES = ("update", "merge", "with", "select", "call", "exec", "execute", "begin", "declare")
NO_ZONES = ("Factory", "localtime", "posixrules")  # files of the machine that are not on the IANA list
BOUND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")  # what SQLAlchemy takes for a bound parameter


def source_names(canonical: Iterable[str]) -> tuple[str, ...]:
    """The names that a column map may use for canonical columns."""
    return tuple(TOLD_AS.get(name, name) for name in canonical if name not in DERIVED)


PAYMENT_NAMES = source_names(PAYMENT_SCHEMA)
REFUND_NAMES = source_names(REFUND_SCHEMA)


class Section(BaseModel):
    """A part of recon.toml: never changed after it was read, no room for a misspelt key."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, populate_by_name=False, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _means_what_is_written(cls, value: Any, info: ValidationInfo) -> Any:
        """`true` is no number, and a number is no day: pydantic would take them for 1 and for seconds since 1970."""
        wanted = _types_in(cls.model_fields[info.field_name or ""].annotation)
        given = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else (value,)
        if wanted & {int, float} and bool not in wanted and any(isinstance(each, bool) for each in given):
            raise ValueError("is not a number")
        if date in wanted and any(isinstance(each, (int, float)) or _is_number(each) for each in given):
            raise ValueError("is not a day like 2026-11-20")
        return value


def _types_in(annotation: Any) -> frozenset[type]:
    """The types that an annotation is made of."""
    if isinstance(annotation, type):
        return frozenset((annotation,))
    return frozenset().union(*(_types_in(part) for part in get_args(annotation)))


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9.]+\s*", value) is not None and value.count(".") < 2


def _from_file_folder(path: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("folder", Path.cwd())
    return (base / path.expanduser()).resolve()


def _is_variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("must be the name of an environment variable, not the secret itself")
    return name


def _is_tidy(text: str) -> str:
    """Blanks at the ends are taken off whatever is read: a text that has some would fit nothing."""
    if text != trimmed(text):
        raise ValueError("has a blank or a character that cannot be seen at an end: write it without")
    return text


def _is_a_word(text: str) -> str:
    if not text:
        raise ValueError("is empty: an empty cell has no word")
    return _is_tidy(text)


ConfigPath = Annotated[Path, AfterValidator(_from_file_folder)]
EnvName = Annotated[str, AfterValidator(_is_variable_name)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_is_tidy)]
Word = Annotated[str, AfterValidator(_is_a_word)]  # of a source, as the key of a map
Seconds = Annotated[float, Field(gt=0, le=24 * 60 * 60)]  # no wait that an operating system could not count
Pause = Annotated[float, Field(ge=0, le=24 * 60 * 60)]
Minor = Annotated[int, Field(ge=0, lt=LARGEST_MINOR)]  # no sum of them leaves 64 bits
Minutes = Annotated[int, Field(ge=0, le=366 * 24 * 60)]  # no day is pushed out of the calendar


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


class _Status(Section):
    """The raw status columns, and the meaning of their values joined with a bar."""

    columns: tuple[Text, ...] = Field(alias="from", min_length=1)
    map: Mapping[str, Any]

    @model_validator(mode="after")
    def _each_can_be_read(self) -> Self:
        """A value for each column, as cells are read: without blanks at their ends. A value may have bars itself."""
        for raw in self.map:
            parts = raw.split("|")
            if len(parts) < len(self.columns):
                raise ValueError(
                    f'map."{raw}" fits no row: it needs {counted(len(self.columns), "value")}, with a bar between two'
                )
            if len(parts) == len(self.columns) and any(part != trimmed(part) for part in parts):
                raise ValueError(f'map."{raw}" fits no row: write its values without blanks at their ends')
        return self

    def facets(self) -> dict[str, dict[str, str]]:
        """Canonical column -> raw value -> canonical value."""
        found: dict[str, dict[str, str]] = {}
        for raw, meaning in self.map.items():
            for part, state in meaning:
                found.setdefault(f"{part}_state", {})[raw] = state.value
        return found


class PaymentStatus(_Status):
    """Of payments."""

    map: Mapping[str, PaymentMeaning] = Field(min_length=1)


class RefundStatus(_Status):
    """Of refunds and voids."""

    map: Mapping[str, RefundMeaning] = Field(min_length=1)


def _first_word(statement: str) -> str:
    found = re.match(r"(?s)(?:\s|--[^\n]*\n|/\*.*?\*/)*\{?\s*(\w+)", statement)
    return found[1].lower() if found else ""


def _with_text(section: Any, info: ValidationInfo, key: str) -> Any:
    """A section whose SQL text is in it, or in a file that it names."""
    if not isinstance(section, dict) or (key in section) == (f"{key}_file" in section):
        raise ValueError(f"needs either {key} or {key}_file")
    if key in section:
        return section
    path = _from_file_folder(Path(str(section[f"{key}_file"])), info)
    try:
        return section | {key: path.read_text(encoding="utf-8")}
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{key}_file {path.name} cannot be read") from None


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
        return _with_text(section, info, "query")

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str) -> str:
        text = query.strip().rstrip(";").rstrip()
        if _first_word(text) not in ("select", "with"):
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
    cancel_map: Mapping[Word, CancelState] = {}
    result_channel_map: Mapping[Word, ResultChannel] = {}
    voided_in_full_map: Mapping[Word, bool] = {}
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
    initiator_map: Mapping[Word, Initiator] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_names(REFUND_NAMES, REFUND_REQUIRED)
        return self


class WriteBack(Section):
    """How an answer of Alipay+ is stored in an order that is still INIT. Off unless `enabled`."""

    enabled: bool = False
    url_env: EnvName
    statement: str = ""
    statement_file: ConfigPath | None = None
    returns: Literal["row_count", "scalar"] = "row_count"
    states: Mapping[Literal["SUCCESS", "FAILED", "CLOSED"], Text] = Field(min_length=1)

    @property
    def words(self) -> dict[str, str]:
        """Canonical state -> the source's own word."""
        return {str(state): word for state, word in self.states.items()}

    @model_validator(mode="before")
    @classmethod
    def _read_statement_file(cls, section: Any, info: ValidationInfo) -> Any:
        return _with_text(section, info, "statement")

    @field_validator("statement")
    @classmethod
    def _changes_one_order(cls, statement: str) -> str:
        text, word = statement.strip(), _first_word(statement)
        if word not in CHANGES:
            raise ValueError("must be one UPDATE, or the call of a procedure")
        if word == "update" and not re.search(r"(?i)\bwhere\b", text):
            raise ValueError("changes every row: it needs a WHERE with :order_key and the status INIT")
        names = set(BOUND.findall(text))
        if strange := sorted(names - set(BOUND_NAMES)):
            raise ValueError(rf"binds :{strange[0]}; known are {', '.join(BOUND_NAMES)} (write \: for a plain colon)")
        if missing := [name for name in ("order_key", "pay_state") if name not in names]:
            raise ValueError(f"must bind :{missing[0]}")
        return text if text.lower().endswith("end;") else text.rstrip(";").rstrip()

    @model_validator(mode="after")
    def _tells_rows(self) -> Self:
        if self.returns == "row_count" and _first_word(self.statement) in ("select", "call", "exec", "execute"):
            raise ValueError('returns must be "scalar": a call does not say how many rows it changed')
        return self


class OrdersSource(Section):
    """One database with our side of the story."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    url_env: EnvName
    naive_timezone: str = "UTC"
    quiet_minutes: Minutes = 0
    connect_timeout_seconds: Seconds = 15
    statement_timeout_seconds: Seconds = 600
    payments: PaymentsQuery
    refunds: RefundsQuery
    write_back: WriteBack | None = None

    @property
    def limits(self) -> Limits:
        """How long its database may be silent."""
        return Limits(self.connect_timeout_seconds, self.statement_timeout_seconds)

    @model_validator(mode="after")
    def _stores_what_it_reads(self) -> Self:
        if self.write_back is None:
            return self
        if self.write_back.url_env == self.url_env:
            raise ValueError("write_back.url_env must be another variable than url_env: what reads may not write")
        if wrong := wrong_state(self.payments.status.facets(), self.write_back.words):
            raise ValueError(
                f"write_back.states.{wrong} does not turn every INIT status of payments.status.map into {wrong}"
            )
        return self

    @field_validator("naive_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        is_known = not name.startswith(("right/", "posix/")) and name not in NO_ZONES
        with suppress(KeyError, ValueError, OSError):
            if is_known and ZoneInfo(name):
                return name
        raise ValueError("is not a time zone of the IANA list, such as Europe/Paris")
