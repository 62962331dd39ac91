"""What the rows of a report must look like, as data: one value per expectation.

The Great Expectations suites and the Dagster checks are both built from it (`checks/shape.py`). Two things are not
among them. What the rows of a file share (file, day, batch, agreement) comes from the file name and is proved at
arrival. And uniqueness: the statement that counts the rows of a key also finds the place of the second one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recon.money import currency_codes

NOT_NULL, IN_SET = "ExpectColumnValuesToNotBeNull", "ExpectColumnValuesToBeInSet"
MATCH, BETWEEN = "ExpectColumnValuesToMatchRegex", "ExpectColumnValuesToBeBetween"
CURRENCIES = "currencies"  # means all codes of `recon.money`
REQUEST_ID = r"^[!-~]{1,64}$"  # documented: at most 64 characters


@dataclass(frozen=True)
class Expectation:
    """One expectation on one column: `<column> <what>`."""

    what: str
    type: str
    column: str
    is_critical: bool = True
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What a person reads of it."""
        return f"Every {self.column} {self.what.replace('_', ' ')}."


def filled(column: str, *, is_critical: bool = True) -> Expectation:
    """No value is missing."""
    return Expectation("is_filled", NOT_NULL, column, is_critical)


def one_of(column: str, what: str, values: Sequence[object]) -> Expectation:
    """Every value is one of these."""
    return Expectation(what, IN_SET, column, arguments={"value_set": list(values)})


def a_currency(column: str) -> Expectation:
    """A currency code of ISO 4217, or one that is configured."""
    return Expectation("is_a_currency", IN_SET, column, arguments={"value_set": CURRENCIES})


def not_negative(column: str) -> Expectation:
    """Zero or more."""
    return Expectation("is_not_negative", BETWEEN, column, arguments={"min_value": 0})


def an_id(column: str) -> Expectation:
    """Printable ASCII without blanks, at most 64 characters; a warning only."""
    return Expectation("looks_like_an_id", MATCH, column, is_critical=False, arguments={"regex": REQUEST_ID})


SIGN = one_of("sign", "is_plus_or_minus_one", (-1, 1))
OF_BATCHES = (  # rows of recon.reports.rows.BATCH_ROWS
    SIGN,
    filled("clearing_batch_id"),
    filled("settlement_amount_minor"),
    not_negative("settlement_amount_minor"),
    not_negative("total_count"),
)


def columns_of(suite: Sequence[Expectation]) -> list[str]:
    """The columns that a suite looks at: no other is read."""
    return list(dict.fromkeys(expectation.column for expectation in suite))


def arguments_of(expectation: Expectation) -> dict[str, object]:
    """The arguments with their stand-ins filled in."""
    return {name: currency_codes() if value == CURRENCIES else value for name, value in expectation.arguments.items()}
