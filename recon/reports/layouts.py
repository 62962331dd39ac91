"""What the layout of a report is made of, and what of it can be changed by configuration.

Of all field names only five are confirmed by public documentation; the rest is assumed from related
products. Therefore columns are found by name (with aliases), in any order, and every assumption
can be corrected with ReportOptions, without touching code. The layout of each report is in its file
in kinds/; how a file is read, in reader.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recon.errors import ConfigurationError


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

    @property
    def known_as(self) -> str:
        """The name of the column that it fills, else its own."""
        return self.fills or self.name


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

    kind: str
    detail: Section
    summary: Section | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """Summary first, as in the files."""
        return (self.summary, self.detail) if self.summary else (self.detail,)

    def with_overrides(self, options: ReportOptions) -> Layout:
        """The layout with the aliases of the configuration."""
        aliases = options.aliases.get(self.kind, {})
        self._refuse_unknown(set(aliases))
        detail = _overridden(self.detail, aliases)
        summary = _overridden(self.summary, aliases) if self.summary else None
        return replace(self, detail=detail, summary=summary)

    def _refuse_unknown(self, names: set[str]) -> None:
        known = {column.fills for section in self.sections for column in section.columns}
        for name in sorted(names - known):
            raise ConfigurationError(
                f"report {self.kind} has no column {name!r}",
                where="[reports]",
                do=f"Use one of {', '.join(sorted(filter(None, known)))}",
            )


def _overridden(section: Section, aliases: Mapping[str, Sequence[str]]) -> Section:
    columns = (
        replace(column, aliases=(*aliases.get(column.fills or "", ()), *column.aliases)) for column in section.columns
    )
    return replace(section, columns=tuple(columns))
