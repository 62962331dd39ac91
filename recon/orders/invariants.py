"""What our own side must fulfil without any report: counted as findings, never repaired.

ONE_FINAL_STATE is counted on the raw states, in recon.orders.canonical. TIMES_IN_SEQUENCE counts refunds, too:
requested, then refunded.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from recon.identities import (
    CONFIRMED_IS_PAID,
    PAID_IS_COMPLETE,
    REFUND_AFTER_PAYMENT,
    REFUND_HAS_ORDER,
    REFUNDS_WITHIN_PAYMENT,
    TIMES_IN_SEQUENCE,
    VOIDED_IS_REFUNDED,
)

CLOCK_SKEW = timedelta(minutes=2)
ORDER = ["source_id", "order_key"]


def broken_invariants(payments: pl.LazyFrame, refunds: pl.LazyFrame) -> dict[str, int]:
    """Identity -> how many rows break it."""
    paid = pl.col("pay_state") == "SUCCESS"
    confirmed = pl.col("confirm_state") == "CONFIRMED"
    out_of_order = _before("paid_at", "created_at") | _before("confirmed_at", "paid_at")
    by_payment = payments.select(
        (confirmed & ~paid).sum().alias(CONFIRMED_IS_PAID),
        (paid & (pl.col("paid_at").is_null() | pl.col("provider_payment_id").is_null())).sum().alias(PAID_IS_COMPLETE),
        out_of_order.fill_null(False).sum().alias(TIMES_IN_SEQUENCE),
    )
    refunded_orders = refunds.select(ORDER).unique()  # few: those of all payments would take memory
    known = payments.select(*ORDER, "currency", "amount_minor", "paid_at").join(refunded_orders, on=ORDER, how="semi")
    joined = refunds.join(known, on=ORDER, how="left", suffix="_of_order")
    voided, refunded = pl.col("local_state") == "VOIDED", pl.col("provider_state") == "SUCCESS"
    by_refund = joined.select(
        pl.col("currency").ne_missing(pl.col("currency_of_order")).sum().alias(REFUND_HAS_ORDER),
        _before("refunded_at", "requested_at").fill_null(False).sum().alias(TIMES_IN_SEQUENCE),
        (voided & ~refunded).sum().alias(VOIDED_IS_REFUNDED),
        _before("refunded_at", "paid_at").fill_null(False).sum().alias(REFUND_AFTER_PAYMENT),
    )
    sums = (
        joined.filter(refunded)
        .group_by(ORDER)
        .agg(pl.col("amount_minor").sum(), pl.col("amount_minor_of_order").first())
    )
    over = sums.select((pl.col("amount_minor") > pl.col("amount_minor_of_order")).sum().alias(REFUNDS_WITHIN_PAYMENT))
    found: dict[str, int] = {}
    for frame in pl.collect_all([by_payment, by_refund, over], engine="streaming"):
        for name, count in frame.row(0, named=True).items():
            found[name] = found.get(name, 0) + int(count)
    return dict(sorted(found.items()))


def _before(later: str, earlier: str) -> pl.Expr:
    return pl.col(later) < pl.col(earlier) - CLOCK_SKEW
