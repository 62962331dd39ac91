"""Every table of the warehouse with its columns: declared here, or where the rows are made that it keeps.

The statements that make the tables come from it. `resources/migrations` brings a warehouse of an older version here; a
test holds both against each other. No key indexes: uniqueness is proved by checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import polars as pl

from recon.breaks.corrections import CORRECTION_SCHEMA
from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.register import MOVEMENT_SCHEMA
from recon.decisions.standing import STANDING_SCHEMA
from recon.file_calendar import CALENDAR
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.reports.rows import BATCH_ROWS, CONTRADICTIONS, QUARANTINE, REPORT_FILES, SECTION_TOTALS
from recon.schema import Schema
from recon.settlement.breaks import FOUND
from recon.settlement.rows import BATCHES, SETTLEMENTS
from recon.tie_out import EDGE_SCHEMA
from recon.valuation import OBSERVED_SCHEMA, RATE_SCHEMA

BY_DAY: Schema = {"as_of_day": pl.Date}
SITUATION: Schema = {"situation": pl.String, "own_payment_id": pl.String}
SQL_TYPES: dict[pl.DataType | type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Int32: "INTEGER",
    pl.Int8: "TINYINT",
    pl.Date: "DATE",
    pl.Boolean: "BOOLEAN",
    pl.Datetime("us"): "TIMESTAMP",
}
TABLES: dict[str, Schema] = {
    "main.schema_version": {"version": pl.Int32},
    # One row per file version, and the small sections. Detail rows are Parquet.
    "parsed.files": REPORT_FILES,
    "parsed.section_totals": SECTION_TOTALS,
    # The rows of Transaction Summary and Settlement once more: settlement reads those of all days.
    "parsed.batch_lines": {"kind": pl.String} | BATCH_ROWS,
    "parsed.quarantine": QUARANTINE,
    # Fields of a file that say something else than its name: another batch, agreement or participant.
    "parsed.contradictions": CONTRADICTIONS,
    # What was frozen for a day, and what the source contract found.
    "orders.snapshots": {
        "as_of_day": pl.Date, "source_id": pl.String, "table_name": pl.String, "row_count": pl.Int64,
        "named_count": pl.Int64, "newest_at": pl.Datetime("us"),
    },
    "orders.findings": {"as_of_day": pl.Date, "source_id": pl.String, "invariant": pl.String, "row_count": pl.Int64},
    # Outcomes of every key that needed attention (all others are P00), what they found, and the count of the day.
    "reconciled.payments": {
        "as_of_day": pl.Date, "source_id": pl.String, "order_key": pl.String, "payment_request_id": pl.String,
        "code": pl.String, "flags": pl.String, "ref_day": pl.Date, "row_request_id": pl.String,
        "report_count": pl.Int64, "day_count": pl.Int64, "lines": pl.String,
    },
    "reconciled.refunds": {
        "as_of_day": pl.Date, "source_id": pl.String, "order_key": pl.String, "refund_key": pl.String,
        "refund_request_id": pl.String, "provider_transaction_id": pl.String, "code": pl.String, "flags": pl.String,
        "ref_day": pl.Date, "row_request_id": pl.String, "report_count": pl.Int64, "day_count": pl.Int64,
        "lines": pl.String,
    },
    "reconciled.fees": {
        "as_of_day": pl.Date, "transaction_id": pl.String, "fee_kind": pl.String, "request_id": pl.String,
        "code": pl.String, "is_refund": pl.Boolean, "participant_agreement_id": pl.String, "psp_id": pl.String,
        "settlement_currency": pl.String, "settlement_amount_minor": pl.Int64, "rate_number": pl.Int32,
        "due_minor": pl.Int64, "charged_minor": pl.Int64, "charged_ids": pl.String, "transaction_count": pl.Int64,
        "fee_count": pl.Int64, "day_count": pl.Int64, "lines": pl.String,
    },
    "reconciled.repeated_rows": {
        "as_of_day": pl.Date, "file_id": pl.String, "line_number": pl.Int32, "kept": pl.String,
    },
    "reconciled.found": BY_DAY | FOUND | SITUATION | {"merchant_id": pl.String},
    # Orders and refunds that an open break needs and that their source no longer delivers, as they were last delivered.
    "reconciled.gone": {
        "as_of_day": pl.Date, "source_id": pl.String, "order_key": pl.String, "refund_key": pl.String,
        "last_seen_day": pl.Date, "last_state": pl.String, "status_raw": pl.String,
    },
    # How many payments each side has by hour, merchant and file: what an incident is measured against.
    "reconciled.side_counts": {
        "as_of_day": pl.Date, "trait": pl.String, "trait_value": pl.String, "row_count": pl.Int64,
    },
    "reconciled.conservation": {
        "as_of_day": pl.Date, "side": pl.String, "outcome": pl.String, "row_count": pl.Int64,
        "amount_minor": pl.Int64,
    },
    # Inputs with more or fewer outcomes than they came in; empty where the inputs are conserved.
    "reconciled.lost_inputs": {
        "as_of_day": pl.Date, "side": pl.String, "file_id": pl.String, "line_number": pl.Int64, "id": pl.String,
        "amount_minor": pl.Int64, "currency": pl.String, "came_count": pl.Int64, "outcome_count": pl.Int64,
        "row_count": pl.Int64,
    },
    # Control totals, one row per edge.
    "tied_out.edges": EDGE_SCHEMA,
    # The settlement status of each clearing batch, each settlement, and what is wrong with them.
    "tied_out.batches": BY_DAY | BATCHES,
    "tied_out.settlements": BY_DAY | SETTLEMENTS,
    "tied_out.found": BY_DAY | FOUND | SITUATION,
    # The register, one list a day.
    "breaks.items": ITEM_SCHEMA,
    # Transaction over settlement amount of the newest day that has the pair, as a day knew it; the rates it ranked by.
    "breaks.observed_rates": BY_DAY | OBSERVED_SCHEMA,
    "breaks.rates": BY_DAY | RATE_SCHEMA,
    "breaks.movements": MOVEMENT_SCHEMA,
    "breaks.pending": {
        "as_of_day": pl.Date, "source_id": pl.String, "order_key": pl.String, "payment_request_id": pl.String,
        "code": pl.String,
    },
    "breaks.days": {
        "as_of_day": pl.Date, "opening_digest": pl.String, "closing_digest": pl.String, "status": pl.String,
        "reason": pl.String,
    },
    # People's decisions in force on a day, and the newest decision that the day knew of.
    "breaks.decisions": STANDING_SCHEMA,
    "breaks.decision_heads": {"as_of_day": pl.Date, "seq": pl.Int64, "sha256": pl.String},
    # What was known each time a day proved itself, and what each later revision changed.
    "breaks.revisions": {
        "as_of_day": pl.Date, "revision": pl.Int64, "recorded_at": pl.Datetime("us"), "digest": pl.String,
    },
    "breaks.corrections": CORRECTION_SCHEMA,
    # What a day knew of the answers of Alipay+. The questions and answers themselves are in the journal.
    "inquiries.evidence": BY_DAY | ANSWER_SCHEMA,
    # Every expected report and its status, as the run of a day saw it.
    "landed.calendar": BY_DAY | CALENDAR,
}  # fmt: skip

PRIVATE = ("orders",)  # schemas that the published copy does not have
PUBLISHED = tuple(name for name in TABLES if name.partition(".")[0] not in ("main", *PRIVATE))


@cache
def create_tables_sql() -> str:
    """The statements that make every schema and table that is missing."""
    return ";\n".join(_statements())


def _statements() -> Iterator[str]:
    for schema in dict.fromkeys(name.partition(".")[0] for name in TABLES):
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    for name, columns in TABLES.items():
        written = ", ".join(f"{column} {SQL_TYPES[kind]}" for column, kind in columns.items())
        yield f"CREATE TABLE IF NOT EXISTS {name} ({written})"
