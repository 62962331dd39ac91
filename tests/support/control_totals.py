"""The control totals by name, as the kinds of report declare them."""

from __future__ import annotations

from recon.reports.kinds import ReportKind
from recon.reports.kinds.definition import ReportDefinition


def _names(kind: ReportKind) -> list[str]:
    definition: ReportDefinition = kind.definition
    return [total.name for total in definition.control_totals]


DETAIL_COUNT, DETAIL_AMOUNT = _names(ReportKind.TRANSACTION_DETAIL)
FEE_COUNT, FEE_AMOUNT = _names(ReportKind.FEE)
SUMMARY_COUNT, SUMMARY_AMOUNT = _names(ReportKind.TRANSACTION_SUMMARY)
BATCH_COUNT, BATCH_AMOUNT, BANK, CLEARED, SETTLEMENT_AMOUNT = _names(ReportKind.SETTLEMENT)
