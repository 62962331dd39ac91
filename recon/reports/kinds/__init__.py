"""The reports of Alipay+, one file per kind. This is the only place that names them all."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Any

from recon.reports.kinds import fee, settlement, transaction_detail, transaction_summary
from recon.reports.kinds.definition import Area, ReportDefinition


@unique
class ReportKind(StrEnum):
    """The kinds of report, in reading order; as text, the name of the kind."""

    _value_: str
    definition: ReportDefinition

    def __new__(cls, definition: Any) -> ReportKind:  # Any: `ReportKind("fee")` looks a kind up
        """A member is its name, and knows its ReportDefinition."""
        kind = str.__new__(cls, definition.name)
        kind._value_, kind.definition = definition.name, definition
        return kind

    TRANSACTION_DETAIL = transaction_detail.REPORT
    TRANSACTION_SUMMARY = transaction_summary.REPORT
    FEE = fee.REPORT
    SETTLEMENT = settlement.REPORT

    @property
    def prefix(self) -> str:
        """How file names of this kind begin."""
        return self.definition.prefix

    @property
    def area(self) -> Area:
        """The folder: `clearing` (every day) or `settlement` (on settlement days)."""
        return self.definition.area


CLEARING_REPORTS = tuple(kind for kind in ReportKind if kind.area is Area.CLEARING)
SETTLEMENT_REPORTS = tuple(kind for kind in ReportKind if kind.area is Area.SETTLEMENT)
