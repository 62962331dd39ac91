"""Who sold, where and when, as a person reads it; and the list by merchant.

Rows of the list (`recon.breaks.items.ITEM_SCHEMA`) in, words out. What no one knows is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from recon.breaks.at_risk import risk_sums
from recon.breaks.selection import IS_OPEN
from views.wording import instant_text

Row = Mapping[str, Any]
LONG = 100  # characters of a value that no one reads to its end
OF_MERCHANT = ("merchant_id", "merchant_name")
MOMENTS = {"paid_at": "Paid", "order_created_at": "Ordered", "refunded_at": "Refunded",
           "refund_requested_at": "Refund asked for"}  # fmt: skip


def merchant_text(row: Row) -> str:
    """`Galerie Lumière (FR-PARIS-01)`, or what is known of it; empty if nothing is."""
    name, key = row["merchant_name"], row["merchant_id"]
    return f"{name} ({key})" if name and key and name != key else name or key or ""


def wallet_text(row: Row) -> str:
    """The name of the wallet, else its id."""
    return row["psp_name"] or row["psp_id"] or ""


def where_lines(row: Row) -> tuple[tuple[str, str], ...]:
    """What one says to find the sale again, each with its heading."""
    known = {
        "Merchant": merchant_text(row),
        "Store": row["store_id"],
        "Till": row["terminal_id"],
        "Till number": row["merchant_txn_no"],
        "Wallet": wallet_text(row),
        **_moments(row),
        "Order status": row["order_status"],
        "Refund status": row["refund_status"],
    }
    return tuple((name, value if len(value) <= LONG else f"{value[:LONG]}…") for name, value in known.items() if value)


def _moments(row: Row) -> dict[str, str]:
    """When it was paid, else when the order was made; likewise of the refund."""
    payment = "paid_at" if row["paid_at"] else "order_created_at"
    refund = "refunded_at" if row["refunded_at"] else "refund_requested_at"
    return {MOMENTS[name]: instant_text(row[name]) for name in (payment, refund) if row[name]}


def by_merchant(items: pl.DataFrame) -> pl.DataFrame:
    """Open breaks by merchant and currency; the merchant with the gravest breaks first, then with the most.

    Columns: merchant_id, merchant_name, currency, breaks and s1 of the merchant, oldest_day, and those of
    `recon.breaks.at_risk.risk_sums`. An incident counts where all its breaks are of one merchant.
    """
    opened = items.filter(IS_OPEN & pl.col("merchant_id").is_not_null())
    named = opened.with_columns(merchant_name=pl.col("merchant_name").drop_nulls().first().over("merchant_id"))
    of_merchant = named.group_by(OF_MERCHANT).agg(
        breaks=pl.len().cast(pl.Int64), s1=(pl.col("severity") == "S1").sum().cast(pl.Int64),
        oldest_day=pl.col("opened_day").min(),
    )  # fmt: skip
    sums = named.group_by("merchant_id", "currency").agg(risk_sums())
    return of_merchant.join(sums, on="merchant_id", how="left").sort(
        "s1", "breaks", "merchant_id", "currency", descending=[True, True, False, False], nulls_last=True
    )
