"""Who sold, where and when: of each break the merchant, store, till and wallet, and what both sides say of the time.

Our order and refund speak first, else the report lines behind the break; nothing is guessed. What neither knows stays
null, and a source that does not deliver a column leaves it so.
"""

from __future__ import annotations

import polars as pl

from recon.breaks.break_id import keys_of
from recon.orders import INSTANT
from recon.schema import Schema

PARTY_SCHEMA: Schema = {
    "merchant_id": pl.String,
    "merchant_name": pl.String,
    "store_id": pl.String,
    "terminal_id": pl.String,
    "merchant_txn_no": pl.String,
    "psp_id": pl.String,
    "psp_name": pl.String,
    "order_created_at": INSTANT,
    "paid_at": INSTANT,
    "refund_requested_at": INSTANT,
    "refunded_at": INSTANT,
    "order_status": pl.String,  # the source's own words
    "refund_status": pl.String,
}
ORDER_COLUMNS = (
    "source_id", "order_key", "payment_request_id", "merchant_id", "merchant_name", "store_id", "terminal_id",
    "merchant_txn_no", "psp_id", "created_at", "paid_at", "status_raw",
)  # fmt: skip
REFUND_COLUMNS = (
    "source_id", "refund_key", "order_key", "refund_request_id", "requested_at", "refunded_at", "status_raw",
)  # fmt: skip
LINE_COLUMNS = (
    "file_id", "line_number", "row_role", "transaction_at", "merchant_id", "store_id", "psp_id", "psp_name",
)  # fmt: skip
OF_MERCHANT = ("merchant_id", "merchant_name", "store_id")  # what an incident has where all its breaks agree
_OF_ORDER = ("merchant_id", "merchant_name", "store_id", "terminal_id", "merchant_txn_no", "psp_id")


def with_parties(
    found: pl.DataFrame, orders: pl.DataFrame, refunds: pl.DataFrame, report_lines: pl.DataFrame
) -> pl.DataFrame:
    """`found` with the columns of PARTY_SCHEMA, one line per break as before.

    `found`: the relation of `sql/found.sql`, incidents included. `orders`, `refunds`: those of ours that a break names,
    in ORDER_COLUMNS and REFUND_COLUMNS. `report_lines`: those of Transaction Detail behind them, in LINE_COLUMNS.
    """
    placed = found.drop(PARTY_SCHEMA, strict=False).with_row_index("place")
    of_refund = _own_refunds(placed, refunds)
    of_order = _own_orders(placed.join(of_refund, on="place", how="left"), orders)
    known = (
        placed.join(of_order, on="place", how="left", maintain_order="left")
        .join(of_refund, on="place", how="left", maintain_order="left")
        .join(_reported(placed, report_lines), on="place", how="left", maintain_order="left")
    )
    return _of_incidents(known.with_columns(_chosen()).select(*placed.columns[1:], *PARTY_SCHEMA))


def _own_refunds(placed: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """place, the key of its order, and what our refund says: found by its key, of a fee by the refundRequestId."""
    said = {"of_source": "source_id", "of_order": "order_key", "refund_requested_at": "requested_at",
            "own_refunded_at": "refunded_at", "refund_status": "status_raw"}  # fmt: skip
    return _by_keys(placed, refunds, said, ["source_id", "refund_key"], "refund_request_id")


def _own_orders(placed: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """place, and what our order says: found by its key or by that of the refund, else by the paymentRequestId."""
    said = {f"own_{name}": name for name in _OF_ORDER}
    said |= {"order_created_at": "created_at", "own_paid_at": "paid_at", "order_status": "status_raw"}
    keyed = placed.with_columns(
        source_id=pl.coalesce("source_id", "of_source"), order_key=pl.coalesce("order_key", "of_order")
    )
    return _by_keys(keyed, orders, said, ["source_id", "order_key"], "payment_request_id")


def _by_keys(
    placed: pl.DataFrame, ours: pl.DataFrame, said: dict[str, str], key: list[str], request_id: str
) -> pl.DataFrame:
    """place and `said` (new name -> column of `ours`), one line per break: by the key, else by the request id."""
    ours_sorted = ours.sort(key).select(*key, request_id, *(pl.col(name).alias(new) for new, name in said.items()))
    by_key = placed.select("place", *key).join(ours_sorted, on=key, how="inner")
    by_request = placed.select("place", request_id).join(ours_sorted, on=request_id, how="inner")
    found = pl.concat([by_key.select("place", *said), by_request.select("place", *said)])
    return found.unique("place", keep="first", maintain_order=True)


def _reported(placed: pl.DataFrame, report_lines: pl.DataFrame) -> pl.DataFrame:
    """place, and what the report lines behind a break say: the first that says it."""
    behind = (
        placed.select("place", at_line=pl.col("lines").str.split(" "))
        .explode("at_line")
        .join(report_lines.with_columns(at_line=pl.format("{}:{}", "file_id", "line_number")), on="at_line",
              maintain_order="left")
    )  # fmt: skip
    names = ("merchant_id", "store_id", "psp_id", "psp_name")
    return behind.group_by("place").agg(
        *(pl.col(name).drop_nulls().first().alias(f"reported_{name}") for name in names),
        reported_paid_at=_first_of("PAYMENT"),
        reported_refunded_at=_first_of("REFUND"),
    )


def _first_of(role: str) -> pl.Expr:
    return pl.col("transaction_at").filter(pl.col("row_role") == role).drop_nulls().first()


def _chosen() -> list[pl.Expr]:
    """Ours first, else the report's. The name of a wallet is the report's: of the same wallet only."""
    both = ("merchant_id", "store_id", "psp_id", "paid_at", "refunded_at")
    is_same = pl.col("own_psp_id").is_null() | (pl.col("own_psp_id") == pl.col("reported_psp_id"))
    return [
        *(pl.coalesce(f"own_{name}", f"reported_{name}").alias(name) for name in both),
        *(pl.col(f"own_{name}").alias(name) for name in ("merchant_name", "terminal_id", "merchant_txn_no")),
        pl.when(is_same).then("reported_psp_name").alias("psp_name"),
    ]


def _of_incidents(found: pl.DataFrame) -> pl.DataFrame:
    """An incident has the merchant and store of its breaks, where these are the same for all."""
    if "incident_id" not in found.columns or found["incident_id"].null_count() == found.height:
        return found
    shared = (
        found.filter(pl.col("incident_id").is_not_null())
        .group_by("incident_id")
        .agg(pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()) for name in OF_MERCHANT)
        .select(keys_of("incident_id").alias("provider_transaction_id"),
                *(pl.col(name).alias(f"shared_{name}") for name in OF_MERCHANT))
    )  # fmt: skip
    is_incident = pl.col("family") == "I"
    return (
        found.join(shared, on="provider_transaction_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(is_incident).then(f"shared_{name}").otherwise(name).alias(name) for name in OF_MERCHANT
        )
        .drop(f"shared_{name}" for name in OF_MERCHANT)
    )  # fmt: skip
