"""Columns and field names that several reports share."""

from __future__ import annotations

from recon.reports.layouts import CellType, Column, Status


def amount(name: str, fills: str, *aliases: str, required: bool = False) -> Column:
    """A column of money in the smallest unit of its currency, as delivered with or without sign."""
    return Column(name, fills, CellType.AMOUNT, required, aliases=aliases)


def count(*, required: bool = False, status: Status = Status.ASSUMED) -> Column:
    """The number of rows or transactions that a summary line counts."""
    aliases = ("count", "totalNumber")
    return Column("totalCount", "total_count", CellType.COUNT, required, status, aliases)


DIRECTION = Column(
    "direction",
    "direction",
    CellType.DIRECTION,
    aliases=("fundDirection", "settlementDirection", "netDirection", "debitCreditFlag"),
)
SETTLEMENT_CURRENCY = Column(
    "settlementCurrency",
    "_settlement_currency",
    aliases=("settlementAmountCurrency", "currency"),
    confirms="settlement_currency",
)
CLEARING_BATCH = Column("clearingBatchId", "_clearing_batch_id", confirms="batch_id")
PROVIDER_ID = Column(
    "transactionId",
    "provider_transaction_id",
    aliases=("refundId", "originalCreditId", "paymentId"),
    coalesced=True,
)
REQUEST_ID = Column(
    "transactionRequestId",
    "request_id",
    aliases=("refundRequestId", "originalCreditRequestId", "paymentRequestId"),
    coalesced=True,
)
TYPE = Column("transactionType", "transaction_type")
TIME = Column("transactionTime", "transaction_at", CellType.INSTANT)
NET_NAMES = ("netSettlementAmount", "netTransactionAmount", "netTransactionAmountValue", "netAmount")
NET_VALUE_NAMES = ("netAmountValue", "totalAmount", "totalAmountValue", "settlementAmountValue")
FEE_NAMES = ("feeAmount", "totalFee", "totalFeeAmount", "totalFeeAmountValue", "netFeeAmount")
SETTLED_NAMES = ("settlementAmount", "totalSettlementAmountValue", "totalSettlementAmount")
