"""The valid reports that the bad ones are made from."""

from __future__ import annotations

from recon.reports.names import ReportKind, ReportName

BATCH = "2026112000000001"
IDS = [f"2026112019074101000000000{number}" for number in range(101, 106)]
REQUESTS = [f"0000000000000{number}" for number in range(101, 106)]
DETAIL_HEADER = (
    "clearingBatchId,transactionId,transactionRequestId,originalTransactionId,originalTransactionRequestId,"
    "transactionType,transactionTime,transactionAmountValue,transactionCurrency,settlementAmountValue,"
    "settlementCurrency,direction,pspId,pspName"
)


def _detail_row(number: int) -> str:
    if number < 4:
        kind, amount, original, direction = "PAYMENT", 1000 + number, ",", "C"
    else:
        kind, amount, original, direction = "REFUND", 300, f"{IDS[0]},{REQUESTS[0]}", "D"
    return (
        f"{BATCH},{IDS[number]},{REQUESTS[number]},{original},{kind},2026-11-20T1{number}:00:00+08:00,{amount},EUR,"
        f"{amount},EUR,{direction},TNG,Touch and Go"
    )


DETAIL = "\n".join(
    [
        "totalCount,netSettlementAmountValue,settlementCurrency,direction",
        "5,3706,EUR,C",
        DETAIL_HEADER,
        *map(_detail_row, range(5)),
        "<END>",
        "",
    ]
)  # the rows are in lines 4 to 8
FEE = "\n".join(
    [
        "totalCount,feeAmountValue,feeCurrency,direction",
        "3,24,EUR,D",
        "clearingBatchId,transactionId,transactionRequestId,transactionType,transactionTime,feeType,feeAmountValue,"
        "feeCurrency,direction",
        *(f"{BATCH},{IDS[n]},{REQUESTS[n]},PAYMENT,2026-11-20T1{n}:00:00+08:00,SERVICE_FEE,8,EUR,D" for n in range(3)),
        "<END>",
        "",
    ]
)
SUMMARY = f"""\
clearingBatchId,clearingDate,totalCount,transactionAmountValue,feeAmountValue,settlementAmountValue,settlementCurrency,direction
{BATCH},20261120,5,3706,24,3682,EUR,C
<END>
"""
SETTLEMENT = f"""\
settlementBatchId,settlementAmountValue,settlementCurrency,direction,valueDate
{BATCH},3682,EUR,C,20261123

clearingBatchId,totalCount,settlementAmountValue,settlementCurrency,direction
2026111900000001,3,2682,EUR,C
2026112000000002,2,1000,EUR,C
<END>
"""
ORIGINALS = {
    ReportKind.TRANSACTION_DETAIL: DETAIL,
    ReportKind.FEE: FEE,
    ReportKind.TRANSACTION_SUMMARY: SUMMARY,
    ReportKind.SETTLEMENT: SETTLEMENT,
}


def name_of(kind: ReportKind) -> ReportName:
    """The file name that fits the originals."""
    return ReportName(kind, "1022188000000123", "EUR", BATCH, "2188EU0001", 0)
