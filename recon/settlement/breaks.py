"""What the settlement decision found, as lines of the relation `found`: one per break, with both values and its lines.

A break is known by its clearing batch, or by its settlement where the settlement itself is wrong:
`B/alipayplus/batch/<agreement>:<currency>:<batch id>`, `B/alipayplus/settlement/...`. Our value is what was cleared, or
what the bank received; the reported value is what was settled.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from recon.breaks.break_id import REPORT_SIDE
from recon.orders import INSTANT
from recon.schema import Schema
from recon.settlement import Settlement
from recon.settlement.rows import SET

BATCH, SETTLEMENT = "batch", "settlement"
FOUND: Schema = {
    "family": pl.String,
    "key_kind": pl.String,
    "source_id": pl.String,
    "order_key": pl.String,
    "refund_key": pl.String,
    "provider_transaction_id": pl.String,
    "payment_request_id": pl.String,
    "refund_request_id": pl.String,
    "code": pl.String,
    "flags": pl.String,
    "noted_day": pl.Date,
    "ref_day": pl.Date,
    "created_at": INSTANT,
    "order_amount_minor": pl.Int64,
    "report_amount_minor": pl.Int64,
    "order_currency": pl.String,
    "report_currency": pl.String,
    "refunded_minor": pl.Int64,
    "excess_minor": pl.Int64,
    "cancel_state": pl.String,
    "is_unsure": pl.Boolean,
    "partner_key": pl.String,
    "lines": pl.String,
}
_ONE_DAY = timedelta(days=1)


def settlement_breaks(settlement: Settlement) -> pl.DataFrame:
    """The breaks among batches and settlements, in the columns of FOUND.

    Money that came late is noted on the day of the money, or on the day itself if its line of the bank is new.
    """
    is_break = pl.col("outcome").str.contains(r"^B\d")
    batches = settlement.batches.filter(is_break).with_columns(
        pl.when(pl.col("settled_day").is_null()).then(pl.col("due_day")).otherwise("settled_day").alias("moment")
    )
    key = pl.struct(*SET, "settlement_batch_id")
    is_new = key.is_in([dict(zip((*SET, "settlement_batch_id"), one, strict=True)) for one in settlement.news])
    settlements = settlement.settlements.filter(is_break).with_columns(is_new=is_new)
    found = [_of_batches(batches), _of_settlements(settlements, settlement.day)]
    return pl.concat(found).sort("key_kind", "provider_transaction_id")


def key_column(batch: str) -> pl.Expr:
    """The key of a batch or of a settlement in the identity of its break."""
    return pl.concat_str("participant_agreement_id", "settlement_currency", batch, separator=":")


def _of_batches(batches: pl.DataFrame) -> pl.DataFrame:
    settled, cleared = pl.col("settled_minor"), pl.col("cleared_minor")
    return _found(
        batches,
        key_kind=pl.lit(BATCH),
        provider_transaction_id=key_column("clearing_batch_id"),
        noted_day=pl.col("moment") - _ONE_DAY,
        ref_day=pl.col("due_day") - _ONE_DAY,
        order_amount_minor=cleared.fill_null(0),
        report_amount_minor=settled,
        excess_minor=(settled - cleared).abs().fill_null(0),
    )


def _of_settlements(settlements: pl.DataFrame, day: date) -> pl.DataFrame:
    is_other = pl.col("outcome") == "B05"
    is_late = pl.col("flags").str.contains("BANK_LATE")
    seen = pl.max_horizontal("settlement_day", pl.when(is_late).then("bank_value_date")) - _ONE_DAY
    return _found(
        settlements,
        key_kind=pl.lit(SETTLEMENT),
        provider_transaction_id=key_column("settlement_batch_id"),
        noted_day=pl.when(is_late & pl.col("is_new")).then(pl.lit(day)).otherwise(seen),
        ref_day=pl.col("settlement_day") - _ONE_DAY,
        order_amount_minor=pl.when(is_other).then(0).otherwise("bank_minor"),
        report_amount_minor=pl.when(is_other).then("other_minor").otherwise("total_minor"),
        excess_minor=pl.lit(0),
    )


def _found(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    given = columns | {
        "family": pl.lit("B"),
        "source_id": pl.lit(REPORT_SIDE),
        "code": pl.col("outcome"),
        "flags": pl.col("flags"),
        "order_currency": pl.col("settlement_currency"),
        "report_currency": pl.col("settlement_currency"),
        "refunded_minor": pl.lit(0),
        "is_unsure": pl.lit(value=False),
        "lines": pl.col("lines"),
    }
    return rows.select(given.get(name, pl.lit(None)).cast(kind).alias(name) for name, kind in FOUND.items())
