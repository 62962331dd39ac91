"""The Settlement Report: what is paid, on business days only."""

from __future__ import annotations

from recon.reports.control_totals import BATCH, ControlTotal, Proof
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

BATCH_COUNT = ControlTotal(
    "control total: settlement line count = summary count",
    Proof.SETTLEMENT,
    f"count of clearing batch {BATCH} in the settlement",
    "count in its summary",
    (("batch", 1),),
    is_count=True,
)
BATCH_AMOUNT = ControlTotal(
    "control total: settlement line amount = summary amount",
    Proof.SETTLEMENT,
    f"amount of clearing batch {BATCH} in the settlement",
    "amount in its summary",
    (("batch", 1),),
)
BANK = ControlTotal(
    "control total: settlement = bank",
    Proof.BANK,
    "total of the settlement",
    "amount at the bank",
    (("bank", 1),),
)
CLEARED = ControlTotal(
    "control total: cleared = settled + not settled yet",
    Proof.CLEARED,
    "cleared since the first day",
    "settled, not settled yet, and listed differences",
    (("standing", 1),),
)

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
    other_totals=(BATCH_COUNT, BATCH_AMOUNT, BANK, CLEARED),
    rows=BATCH_ROWS,
    unique_key=("file_id", "clearing_batch_id", "settlement_amount_minor", "sign"),  # may be settled in parts
    expectations=OF_BATCHES,
)
