"""The tables of `parsed` that several reports fill, the same for every version of every file.
The rows that only one report has are in its file in kinds/.

Each row carries the file version and the physical line it came from, so that a verdict can be
traced to the byte. Money is Int64 in minor units and unsigned; `sign` (+1 or -1) says which way it
went, seen from the ACQP.
"""

from __future__ import annotations

import polars as pl

from recon.schema import Schema

ORIGIN: Schema = {
    "file_id": pl.String,  # "<file name>@v<version>"
    "line_number": pl.Int32,  # physical line, from 1
    "clearing_day": pl.Date,  # report date minus one
    "participant_agreement_id": pl.String,  # of the file name
    "settlement_currency": pl.String,  # of the file name
    "batch_id": pl.String,  # of the file name: clearing batch, or settlement batch
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

CONTRADICTIONS: Schema = {  # one line per field that contradicts the file name
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

REPORT_FILES: Schema = {
    "file_id": pl.String,
    "kind": pl.String,  # one of `recon.reports.kinds.ReportKind`
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
