"""The layouts of the four reports, as data, and what of them can be changed by configuration.

Of all field names only five are confirmed by public documentation; the rest is assumed from related
products. Therefore columns are found by name (with aliases), in any order, and every assumption
can be corrected with ReportOptions, without touching code. How a file is read: reader.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recon.errors import ConfigurationError
from recon.reports.names import ReportKind


class CellType(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    AMOUNT = "amount"  # an integer in the smallest unit of the currency, with or without sign
    COUNT = "count"
    INSTANT = "instant"  # ISO 8601
    DAY = "day"  # YYYYMMDD or YYYY-MM-DD, with nothing or midnight behind it
    DIRECTION = "direction"  # credit or debit


class Status(StrEnum):
    """How sure we are of a field name."""

    CONFIRMED = "confirmed"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Column:
    """One field of a report and the column that it fills (None: known, and not needed)."""

    name: str
    fills: str | None
    type: CellType = CellType.TEXT
    required: bool = False
    status: Status = Status.ASSUMED
    aliases: tuple[str, ...] = ()
    coalesced: bool = False  # several of the names may be there: the first filled cell counts
    confirms: str | None = None  # the part of the file name that must say the same


@dataclass(frozen=True)
class Section:
    """The summary or the detail section of a report."""

    title: str
    columns: tuple[Column, ...]
    amount: str  # the column that carries the sign
    one_of: tuple[str, ...] = ()  # at least one of these must be filled


@dataclass(frozen=True)
class ReportOptions:
    """What is assumed about the reports and can be changed: the [reports] part of recon.toml."""

    aliases: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """kind -> our column -> further field names"""
    required: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """kind -> our column -> must it be there"""
    payment_types: tuple[str, ...] = ("PAYMENT",)
    refund_types: tuple[str, ...] = ("REFUND",)
    credit_codes: tuple[str, ...] = ("C", "CREDIT")
    debit_codes: tuple[str, ...] = ("D", "DEBIT")
    credit_is_positive: bool = True  # a credit is money for the ACQP
    assumed_zone: str = "+08:00"  # of a time without offset
    encoding: str = "utf-8"
    missing_words: tuple[str, ...] = ("null", "(null)", "<null>", "none", "nil", "nan", "n/a", "na", "-", "--", "\\N")
    """in a column of ids: words for no value, in any case"""


DEFAULT = ReportOptions()


@dataclass(frozen=True)
class Layout:
    """The sections of one report kind; a kind without summary section has one header."""

    kind: ReportKind
    detail: Section
    summary: Section | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """Summary first, as in the files."""
        return (self.summary, self.detail) if self.summary else (self.detail,)

    def with_overrides(self, options: ReportOptions) -> Layout:
        """The layout with the aliases and required flags of the configuration."""
        aliases = options.aliases.get(self.kind, {})
        required = options.required.get(self.kind, {})
        self._refuse_unknown({*aliases, *required})
        detail = _overridden(self.detail, aliases, required)
        summary = _overridden(self.summary, aliases, required) if self.summary else None
        return replace(self, detail=detail, summary=summary)

    def _refuse_unknown(self, names: set[str]) -> None:
        known = {column.fills for section in self.sections for column in section.columns}
        for name in sorted(names - known):
            raise ConfigurationError(
                f"report {self.kind} has no column {name!r}",
                where="[reports]",
                do=f"Use one of {', '.join(sorted(filter(None, known)))}",
            )


def _overridden(section: Section, aliases: Mapping[str, Sequence[str]], required: Mapping[str, bool]) -> Section:
    def changed(column: Column) -> Column:
        if column.fills is None:
            return column
        return replace(
            column,
            aliases=(*aliases.get(column.fills, ()), *column.aliases),
            required=required.get(column.fills, column.required),
        )

    return replace(section, columns=tuple(map(changed, section.columns)))


def _amount(name: str, fills: str, *aliases: str, required: bool = False) -> Column:
    return Column(name, fills, CellType.AMOUNT, required, aliases=aliases)


def _count(*, required: bool = False, status: Status = Status.ASSUMED) -> Column:
    aliases = ("count", "totalNumber")
    return Column("totalCount", "total_count", CellType.COUNT, required, status, aliases)


_DIRECTION = Column(
    "direction",
    "direction",
    CellType.DIRECTION,
    aliases=("fundDirection", "settlementDirection", "netDirection", "debitCreditFlag"),
)
_SETTLEMENT_CURRENCY = Column(
    "settlementCurrency",
    "_settlement_currency",
    aliases=("settlementAmountCurrency", "currency"),
    confirms="settlement_currency",
)
_CLEARING_BATCH = Column("clearingBatchId", "_clearing_batch_id", confirms="batch_id")
_PROVIDER_ID = Column(
    "transactionId",
    "provider_transaction_id",
    aliases=("refundId", "originalCreditId", "paymentId"),
    coalesced=True,
)
_REQUEST_ID = Column(
    "transactionRequestId",
    "request_id",
    aliases=("refundRequestId", "originalCreditRequestId", "paymentRequestId"),
    coalesced=True,
)
_TYPE = Column("transactionType", "transaction_type")
_TIME = Column("transactionTime", "transaction_at", CellType.INSTANT)
_NET = ("netSettlementAmount", "netTransactionAmount", "netTransactionAmountValue", "netAmount")
_NET_VALUE = ("netAmountValue", "totalAmount", "totalAmountValue", "settlementAmountValue")
_FEE = ("feeAmount", "totalFee", "totalFeeAmount", "totalFeeAmountValue", "netFeeAmount")
_SETTLED = ("settlementAmount", "totalSettlementAmountValue", "totalSettlementAmount")

TRANSACTION_DETAIL = Layout(
    ReportKind.TRANSACTION_DETAIL,
    summary=Section(
        "summary",
        amount="net_amount_minor",
        columns=(
            _count(required=True, status=Status.CONFIRMED),
            _amount("netSettlementAmountValue", "net_amount_minor", *_NET, *_NET_VALUE, required=True),
            _SETTLEMENT_CURRENCY,
            _DIRECTION,
        ),
    ),
    detail=Section(
        "detail",
        amount="settlement_amount_minor",
        one_of=("provider_transaction_id", "request_id"),
        columns=(
            _CLEARING_BATCH,
            _PROVIDER_ID,
            _REQUEST_ID,
            Column(
                "originalTransactionId",
                "original_provider_transaction_id",
                aliases=("originalPaymentId", "paymentId"),
                coalesced=True,
            ),
            Column(
                "originalTransactionRequestId",
                "original_request_id",
                aliases=("originalPaymentRequestId", "paymentRequestId"),
                coalesced=True,
            ),
            replace(_TYPE, required=True),
            replace(_TIME, required=True, status=Status.CONFIRMED),
            _amount("transactionAmountValue", "amount_minor", "transactionAmount"),
            Column("transactionCurrency", "currency", aliases=("transactionAmountCurrency",)),
            replace(
                _amount("settlementAmountValue", "settlement_amount_minor", "settlementAmount"),
                required=True,
                status=Status.CONFIRMED,
            ),
            _SETTLEMENT_CURRENCY,
            _DIRECTION,
            Column("pspId", "psp_id"),
            Column("referenceMerchantId", "merchant_id"),
            Column("acquirerId", None),
            Column("pspName", None),
            Column("paymentMethodType", None),
            Column("productCode", None),
            Column("referenceStoreId", None),
        ),
    ),
)

TRANSACTION_SUMMARY = Layout(
    ReportKind.TRANSACTION_SUMMARY,
    detail=Section(
        "detail",
        amount="settlement_amount_minor",
        columns=(
            Column(
                "clearingBatchId",
                "clearing_batch_id",
                required=True,
                status=Status.CONFIRMED,
                confirms="batch_id",
            ),
            Column("clearingDate", None, aliases=("clearingCycleStart", "clearingCycleEnd")),
            _count(required=True),
            _amount("transactionAmountValue", "transaction_amount_minor", "transactionAmount"),
            _amount("feeAmountValue", "fee_amount_minor", *_FEE),
            _amount(
                "settlementAmountValue",
                "settlement_amount_minor",
                *_SETTLED,
                "netSettlementAmountValue",
                *_NET,
                *_NET_VALUE,
                required=True,
            ),
            _SETTLEMENT_CURRENCY,
            _DIRECTION,
        ),
    ),
)

FEE = Layout(
    ReportKind.FEE,
    summary=Section(
        "summary",
        amount="net_amount_minor",
        columns=(
            _count(required=True),
            _amount(
                "feeAmountValue",
                "net_amount_minor",
                *_FEE,
                "netFeeAmountValue",
                "totalAmount",
                "totalAmountValue",
                required=True,
            ),
            replace(
                _SETTLEMENT_CURRENCY,
                name="feeCurrency",
                aliases=("settlementCurrency", "feeAmountCurrency", "currency"),
            ),
            _DIRECTION,
        ),
    ),
    detail=Section(
        "detail",
        amount="fee_amount_minor",
        one_of=("provider_transaction_id", "request_id"),
        columns=(
            _CLEARING_BATCH,
            _PROVIDER_ID,
            _REQUEST_ID,
            _TYPE,
            _TIME,
            Column("feeType", "fee_type"),
            _amount("feeAmountValue", "fee_amount_minor", "feeAmount", required=True),
            Column("feeCurrency", "fee_currency", aliases=("feeAmountCurrency", "currency")),
            _DIRECTION,
        ),
    ),
)

SETTLEMENT = Layout(
    ReportKind.SETTLEMENT,
    summary=Section(
        "summary",
        amount="net_amount_minor",
        columns=(
            Column("settlementBatchId", "_settlement_batch_id", confirms="batch_id"),
            Column("participantId", "_participant_id", confirms="participant_id"),
            Column(
                "participantAgreementId",
                "_participant_agreement_id",
                confirms="participant_agreement_id",
            ),
            _amount(
                "settlementAmountValue",
                "net_amount_minor",
                *_SETTLED,
                *_NET,
                "netSettlementAmountValue",
                "totalAmount",
                "totalAmountValue",
                required=True,
            ),
            _SETTLEMENT_CURRENCY,
            _DIRECTION,
            Column(
                "valueDate",
                "value_date",
                CellType.DAY,
                required=True,
                status=Status.CONFIRMED,
            ),
            Column("settlementTime", None),
            _count(),
        ),
    ),
    detail=Section(
        "detail",
        amount="settlement_amount_minor",
        columns=(
            Column("clearingBatchId", "clearing_batch_id", required=True),
            Column("clearingDate", None),
            _count(),
            _amount("transactionAmountValue", "transaction_amount_minor", "transactionAmount"),
            _amount("feeAmountValue", "fee_amount_minor", *_FEE),
            _amount("settlementAmountValue", "settlement_amount_minor", *_SETTLED, required=True),
            _SETTLEMENT_CURRENCY,
            _DIRECTION,
        ),
    ),
)

LAYOUTS = {layout.kind: layout for layout in (TRANSACTION_DETAIL, TRANSACTION_SUMMARY, FEE, SETTLEMENT)}
