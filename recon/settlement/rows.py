"""What settlement reads and what it says: the columns of its relations.

Amounts are minor units, positive for money that the ACQP receives.
"""

from __future__ import annotations

import polars as pl

from recon.schema import Schema

SET: Schema = {"participant_agreement_id": pl.String, "settlement_currency": pl.String}

# --- what is read: see sql/settled_*.sql, sql/cleared_batches.sql
CLEARED: Schema = SET | {
    "clearing_batch_id": pl.String,
    "clearing_day": pl.Date,
    "transaction_count": pl.Int64,
    "cleared_minor": pl.Int64,
    "lines": pl.String,  # "<file id>:<line>", joined by a blank
}
SETTLED_LINES: Schema = SET | {
    "settlement_batch_id": pl.String,
    "settlement_day": pl.Date,
    "clearing_batch_id": pl.String,
    "settled_minor": pl.Int64,
    "line": pl.String,
}
SETTLEMENT_TOTALS: Schema = SET | {
    "settlement_batch_id": pl.String,
    "settlement_day": pl.Date,
    "total_minor": pl.Int64,
    "value_date": pl.Date,
    "lines": pl.String,
}
BANK: Schema = {
    "settlement_batch_id": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "value_date": pl.Date,
    "line_number": pl.Int64,
}

# --- what comes out
BATCHES: Schema = SET | {
    "clearing_batch_id": pl.String,
    "clearing_day": pl.Date,  # null: no report of ours brought the batch
    "transaction_count": pl.Int64,
    "cleared_minor": pl.Int64,
    "first_due_day": pl.Date,
    "due_day": pl.Date,  # later than the first one if the amount was carried over
    "line_count": pl.Int64,
    "settled_minor": pl.Int64,  # null: not settled
    "settled_day": pl.Date,  # of the last settlement that names it
    "settlement_batch_ids": pl.String,
    "outcome": pl.String,
    "flags": pl.String,
    "lines": pl.String,
}
SETTLEMENTS: Schema = SET | {
    "settlement_batch_id": pl.String,
    "settlement_day": pl.Date,
    "total_minor": pl.Int64,
    "listed_minor": pl.Int64,  # sum of the lines
    "other_minor": pl.Int64,  # total less lines: an amount without a clearing batch
    "value_date": pl.Date,
    "expected_value_date": pl.Date,
    "bank_minor": pl.Int64,  # null: the last edge is open
    "bank_value_date": pl.Date,
    "outcome": pl.String,
    "flags": pl.String,
    "lines": pl.String,
}
