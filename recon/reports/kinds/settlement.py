"""The Settlement Report: what is paid, on business days only."""

from __future__ import annotations

from recon.reports.expectations import OF_BATCHES
from recon.reports.kinds.columns import (
    DIRECTION,
    FEE_NAMES,
    NET_NAMES,
    SETTLED_NAMES,
    SETTLEMENT_CURRENCY,
    amount,
    count,
)
from recon.reports.kinds.definition import Area, ReportDefinition
from recon.reports.layouts import CellType, Column, Section, Status
from recon.reports.rows import BATCH_ROWS

REPORT = ReportDefinition(
    name="settlement",
    prefix="settlement",
    area=Area.SETTLEMENT,
    label="Settlement",
    about="what is paid, on business days only",
    section_counts_rows=False,  # it counts transactions
    only_in_summary="what the settlement pays in all",  # and when: no other report says it
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
            amount(
                "settlementAmountValue",
                "net_amount_minor",
                *SETTLED_NAMES,
                *NET_NAMES,
                "netSettlementAmountValue",
                "totalAmount",
                "totalAmountValue",
                required=True,
            ),
            SETTLEMENT_CURRENCY,
            DIRECTION,
            Column(
                "valueDate",
                "value_date",
                CellType.DAY,
                required=True,
                status=Status.CONFIRMED,
            ),
            Column("settlementTime", None),
            count(),
        ),
    ),
    detail=Section(
        "detail",
        amount="settlement_amount_minor",
        columns=(
            Column("clearingBatchId", "clearing_batch_id", required=True),
            Column("clearingDate", None),
            count(),
            amount("transactionAmountValue", "transaction_amount_minor", "transactionAmount"),
            amount("feeAmountValue", "fee_amount_minor", *FEE_NAMES),
            amount("settlementAmountValue", "settlement_amount_minor", *SETTLED_NAMES, required=True),
            SETTLEMENT_CURRENCY,
            DIRECTION,
        ),
    ),
    rows=BATCH_ROWS,
    unique_key=("file_id", "clearing_batch_id"),
    expectations=OF_BATCHES,
)
