"""The Transaction Summary Report: a line for each clearing batch."""

from __future__ import annotations

from recon.reports.control_totals import ControlTotal, Proof
from recon.reports.expectations import OF_BATCHES
from recon.reports.kinds.columns import (
    DIRECTION,
    FEE_NAMES,
    NET_NAMES,
    NET_VALUE_NAMES,
    SETTLED_NAMES,
    SETTLEMENT_CURRENCY,
    amount,
    count,
)
from recon.reports.kinds.definition import Area, ReportDefinition
from recon.reports.layouts import Column, Section, Status
from recon.reports.rows import BATCH_ROWS

_ROWS = (("transaction_detail", 1), ("fee", -1))
SUMMARY_COUNT = ControlTotal(
    "control total: detail count = summary count",
    Proof.SUMMARY,
    "rows",
    "count of the summary",
    _ROWS,
    is_count=True,
)
SUMMARY_AMOUNT = ControlTotal(
    "control total: detail amount less fees = summary amount",
    Proof.SUMMARY,
    "sum of the rows less fees",
    "amount of the summary",
    _ROWS,
)

REPORT = ReportDefinition(
    name="transaction_summary",
    prefix="summary",
    area=Area.CLEARING,
    label="Transaction Summary",
    about="a line for each clearing batch",
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
            count(required=True),
            amount("transactionAmountValue", "transaction_amount_minor", "transactionAmount"),
            amount("feeAmountValue", "fee_amount_minor", *FEE_NAMES),
            amount(
                "settlementAmountValue",
                "settlement_amount_minor",
                *SETTLED_NAMES,
                "netSettlementAmountValue",
                *NET_NAMES,
                *NET_VALUE_NAMES,
                required=True,
            ),
            SETTLEMENT_CURRENCY,
            DIRECTION,
        ),
    ),
    other_totals=(SUMMARY_COUNT, SUMMARY_AMOUNT),
    rows=BATCH_ROWS,
    unique_key=("clearing_batch_id", "participant_agreement_id", "settlement_currency"),
    expectations=OF_BATCHES,
)
