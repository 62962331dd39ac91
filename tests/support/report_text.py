"""Small reports as text, and a short way to read them."""

from __future__ import annotations

from datetime import date

from recon.reports.layouts import DEFAULT, ReportOptions
from recon.reports.names import ReportKind, ReportName
from recon.reports.reader import ParsedReport, read_report

DAY = date(2026, 11, 20)

DETAIL = """\
totalCount,netSettlementAmountValue
2,700

clearingBatchId,transactionId,transactionRequestId,transactionType,transactionTime,transactionCurrency,settlementAmountValue
B1,PAY1,REQ1,PAYMENT,2026-11-20T10:00:00+08:00,USD,1000
B1,RFD1,REQ2,REFUND,2026-11-20T11:00:00+08:00,USD,-300
<END>
"""


def name_of(kind: ReportKind) -> ReportName:
    """A report of the set P1, USD, B1, A1."""
    return ReportName(kind, "P1", "USD", "B1", "A1", 0)


def read(
    text: str | bytes,
    kind: ReportKind = ReportKind.TRANSACTION_DETAIL,
    options: ReportOptions = DEFAULT,
) -> ParsedReport:
    """Read a text as the report of a kind."""
    content = text.encode() if isinstance(text, str) else text
    return read_report(content, name_of(kind), 1, DAY, options)


def totals_agree(report: ParsedReport) -> bool | None:
    """Whether the rows equal the control totals of the file; None: it has none."""
    has_totals = report.totals.height > 0 or report.totals_finding is not None
    return report.totals_finding is None if has_totals else None
