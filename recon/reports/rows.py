"""What a report becomes: the tables of `parsed`, the same for every version of every file.

Each row carries the file version and the physical line it came from, so that a verdict can be
traced to the byte. Money is Int64 in minor units and unsigned; `sign` (+1 or -1) says which way it
went, seen from the ACQP.
"""

from __future__ import annotations

import polars as pl

from recon.orders import INSTANT

ORIGIN: dict[str, pl.DataType | type[pl.DataType]] = {
    "file_id": pl.String,  # "<file name>@v<version>"
    "line_number": pl.Int32,  # physical line, from 1
    "clearing_day": pl.Date,  # report date minus one
    "participant_agreement_id": pl.String,  # of the file name
    "settlement_currency": pl.String,  # of the file name
    "batch_id": pl.String,  # of the file name: clearing batch, or settlement batch
}

TRANSACTION_ROWS = ORIGIN | {
    "row_role": pl.String,  # PAYMENT, REFUND, or OTHER (a type that the layout does not know)
    "transaction_type": pl.String,  # as delivered
    "request_id": pl.String,  # paymentRequestId or refundRequestId
    "provider_transaction_id": pl.String,  # paymentId or refundId
    "original_request_id": pl.String,  # of a refund: the payment
    "original_provider_transaction_id": pl.String,
    "transaction_at": INSTANT,
    "amount_minor": pl.Int64,  # transaction amount; null if the report does not carry it
    "currency": pl.String,
    "settlement_amount_minor": pl.Int64,
    "sign": pl.Int8,
    "psp_id": pl.String,
    "merchant_id": pl.String,
    "extra": pl.String,  # unknown columns as a JSON object, null if there are none
}

FEE_ROWS = ORIGIN | {
    "request_id": pl.String,
    "provider_transaction_id": pl.String,
    "transaction_type": pl.String,
    "transaction_at": INSTANT,
    "fee_type": pl.String,
    "fee_amount_minor": pl.Int64,
    "fee_currency": pl.String,
    "sign": pl.Int8,  # +1: paid by the ACQP; -1: returned
    "extra": pl.String,
}

BATCH_ROWS = ORIGIN | {  # one line per clearing batch: Transaction Summary, and the details of Settlement
    "clearing_batch_id": pl.String,
    "total_count": pl.Int64,
    "transaction_amount_minor": pl.Int64,  # this and the fee: in the direction of `sign`,
    "fee_amount_minor": pl.Int64,  # negative if against it; fees are deducted
    "settlement_amount_minor": pl.Int64,
    "sign": pl.Int8,
    "extra": pl.String,
}

SECTION_TOTALS = ORIGIN | {  # the summary section of Transaction Detail, Fee and Settlement
    "kind": pl.String,
    "total_count": pl.Int64,
    "net_amount_minor": pl.Int64,
    "sign": pl.Int8,
    "value_date": pl.Date,  # settlement only
    "extra": pl.String,
}

QUARANTINE = ORIGIN | {  # nothing is lost: a line that could not be understood, and why
    "kind": pl.String,
    "field": pl.String,
    "reason": pl.String,
}

CONTRADICTIONS: dict[str, pl.DataType | type[pl.DataType]] = {  # one line per field that contradicts the file name (K6)
    "file_id": pl.String,
    "kind": pl.String,
    "clearing_day": pl.Date,
    "field": pl.String,  # as delivered
    "content_value": pl.String,  # of the first such line
    "file_name_value": pl.String,
    "first_line": pl.Int32,
    "row_count": pl.Int64,  # lines with another value than the file name
    "same_value_count": pl.Int64,  # of these, lines with `content_value`
}

REPORT_FILES: dict[str, pl.DataType | type[pl.DataType]] = {
    "file_id": pl.String,
    "kind": pl.String,  # transaction_detail, transaction_summary, fee, settlement
    "file_name": pl.String,
    "version": pl.Int32,
    "sha256": pl.String,
    "size_bytes": pl.Int64,
    "participant_id": pl.String,
    "settlement_currency": pl.String,
    "batch_id": pl.String,
    "participant_agreement_id": pl.String,
    "seq": pl.Int32,
    "clearing_day": pl.Date,
    "is_valid": pl.Boolean,
    "is_current": pl.Boolean,  # the newest valid version of its name
    "row_count": pl.Int64,  # detail rows, without quarantined ones
    "quarantined_count": pl.Int64,
    "unknown_type_count": pl.Int64,
    "sign_rule": pl.String,  # proved by the control totals: explicit, direction, type, plain, none
    "header_signature": pl.String,
    "unknown_columns": pl.String,
    "finding": pl.String,  # why the file is not valid, or null
}
