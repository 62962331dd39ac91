"""What our own side must fulfil without any report: counted as findings, never repaired.

I03  a refund has its order, in the same currency
I04  successful refunds do not exceed the payment
I05  confirmed implies paid
I06  paid implies paid_at and provider_payment_id
I07  created <= paid <= confirmed, and requested <= refunded
I10  voided implies that the provider refunded
I11  no refund before its payment
I12  cancelled and paid at once (counted on the raw states, in recon.orders.canonical)
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

CLOCK_SKEW = timedelta(minutes=2)
ORDER = ["source_id", "order_key"]


def broken_invariants(payments: pl.LazyFrame, refunds: pl.LazyFrame) -> dict[str, int]:
    """How many rows break I03 to I07, I10 and I11."""
    paid = pl.col("pay_state") == "SUCCESS"
    confirmed = pl.col("confirm_state") == "CONFIRMED"
    out_of_order = _before("paid_at", "created_at") | _before("confirmed_at", "paid_at")
    by_payment = payments.select(
        I05=(confirmed & ~paid).sum(),
        I06=(paid & (pl.col("paid_at").is_null() | pl.col("provider_payment_id").is_null())).sum(),
        I07=out_of_order.fill_null(False).sum(),
    )
    known = payments.select(*ORDER, "currency", "amount_minor", "paid_at")
    joined = refunds.join(known, on=ORDER, how="left", suffix="_of_order")
    voided, refunded = pl.col("local_state") == "VOIDED", pl.col("provider_state") == "SUCCESS"
    by_refund = joined.select(
        I03=pl.col("currency").ne_missing(pl.col("currency_of_order")).sum(),
        I07=_before("refunded_at", "requested_at").fill_null(False).sum(),
        I10=(voided & ~refunded).sum(),
        I11=_before("refunded_at", "paid_at").fill_null(False).sum(),
    )
    sums = (
        joined.filter(refunded)
        .group_by(ORDER)
        .agg(pl.col("amount_minor").sum(), pl.col("amount_minor_of_order").first())
    )
    over = sums.select(I04=(pl.col("amount_minor") > pl.col("amount_minor_of_order")).sum())
    found: dict[str, int] = {}
    for frame in pl.collect_all([by_payment, by_refund, over], engine="streaming"):
        for name, count in frame.row(0, named=True).items():
            found[name] = found.get(name, 0) + int(count)
    return dict(sorted(found.items()))


def _before(later: str, earlier: str) -> pl.Expr:
    return pl.col(later) < pl.col(earlier) - CLOCK_SKEW
