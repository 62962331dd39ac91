"""What the parsed tables look like, as data: one line per expectation, from which the Great
Expectations suites and the Dagster checks are both built. Great Expectations itself is imported
only while a check runs (`shape.py`).

Two things are not among them. What the rows of a file share (file, day, batch, agreement) comes
from the file name and is proved at arrival. And uniqueness: rows are validated in batches, and a
batch cannot know of another one; it is counted in DuckDB (`UNIQUE_KEYS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recon.money import currency_codes
from recon.reports.names import ReportKind

NOT_NULL, IN_SET = "ExpectColumnValuesToNotBeNull", "ExpectColumnValuesToBeInSet"
MATCH, BETWEEN = "ExpectColumnValuesToMatchRegex", "ExpectColumnValuesToBeBetween"
CURRENCIES = "currencies"  # stands for all codes of `recon.money`
REQUEST_ID = r"^[!-~]{1,64}$"  # documented: at most 64 characters


@dataclass(frozen=True)
class Expectation:
    """One expectation on one column; the check is named `<column>_<what>`."""

    what: str
    type: str
    column: str
    is_critical: bool = True
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What a person reads of it."""
        return f"Every {self.column} {self.what.replace('_', ' ')} (Great Expectations: {self.type})."

    @property
    def name(self) -> str:
        """The name of the Dagster check."""
        return f"{self.column}_{self.what}"


def _filled(column: str, *, is_critical: bool = True) -> Expectation:
    return Expectation("is_filled", NOT_NULL, column, is_critical)


def _is_currency(column: str) -> Expectation:
    return Expectation("is_a_currency", IN_SET, column, arguments={"value_set": CURRENCIES})


def _not_negative(column: str) -> Expectation:
    return Expectation("is_not_negative", BETWEEN, column, arguments={"min_value": 0})


def _is_id(column: str) -> Expectation:
    return Expectation("looks_like_an_id", MATCH, column, is_critical=False, arguments={"regex": REQUEST_ID})


_SIGN = Expectation("is_plus_or_minus_one", IN_SET, "sign", arguments={"value_set": [-1, 1]})
_BATCH = (
    _SIGN,
    _filled("clearing_batch_id"),
    _filled("settlement_amount_minor"),
    _not_negative("settlement_amount_minor"),
    _not_negative("total_count"),
)
SUITES: dict[ReportKind, tuple[Expectation, ...]] = {
    ReportKind.TRANSACTION_DETAIL: (
        _SIGN,
        Expectation("is_known", IN_SET, "row_role", arguments={"value_set": ["PAYMENT", "REFUND", "OTHER"]}),
        _filled("transaction_at"),
        _filled("settlement_amount_minor"),
        _not_negative("settlement_amount_minor"),
        _not_negative("amount_minor"),
        _is_currency("currency"),
        _filled("provider_transaction_id", is_critical=False),
        _filled("request_id", is_critical=False),
        _is_id("request_id"),
    ),
    ReportKind.TRANSACTION_SUMMARY: _BATCH,
    ReportKind.FEE: (
        _SIGN,
        _filled("fee_amount_minor"),
        _not_negative("fee_amount_minor"),
        _is_currency("fee_currency"),
        _filled("fee_type", is_critical=False),
        _is_id("request_id"),
    ),
    ReportKind.SETTLEMENT: _BATCH,
}
UNIQUE_KEYS: dict[ReportKind, tuple[str, ...]] = {
    ReportKind.TRANSACTION_DETAIL: ("file_id", "line_number"),
    ReportKind.TRANSACTION_SUMMARY: (
        "clearing_batch_id",
        "participant_agreement_id",
        "settlement_currency",
    ),
    ReportKind.FEE: ("file_id", "line_number"),
    ReportKind.SETTLEMENT: ("file_id", "clearing_batch_id"),
}


FEW_VALUES = ("file_id", "row_role", "currency", "fee_currency", "fee_type")  # kept as dictionaries: faster


def columns_of(suite: tuple[Expectation, ...]) -> list[str]:
    """The columns that a suite looks at: no other is read."""
    return list(dict.fromkeys(expectation.column for expectation in suite))


def arguments_of(expectation: Expectation) -> dict[str, object]:
    """The arguments with their stand-ins filled in."""
    return {name: _currencies() if value == CURRENCIES else value for name, value in expectation.arguments.items()}


def _currencies() -> list[str]:
    return currency_codes()
