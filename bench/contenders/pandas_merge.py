"""The notebook way: pandas, an outer merge, boolean masks."""

from __future__ import annotations

import pandas as pd

from bench.inputs import Inputs

ORDER_COLUMNS = [
    "payment_request_id", "amount_minor", "currency", "pay_state", "confirm_state", "paid_at", "created_at",
]  # fmt: skip
ROW_COLUMNS = [
    "request_id", "amount_minor", "currency", "row_role", "provider_transaction_id", "file_id", "line_number",
]  # fmt: skip


def match(inputs: Inputs) -> int:
    """Rows that differ."""
    orders = pd.read_parquet(inputs.orders, columns=ORDER_COLUMNS)
    moment = orders["paid_at"].fillna(orders["created_at"]) + pd.Timedelta(hours=8)
    orders = orders[moment.dt.date == inputs.day]
    rows = pd.concat([pd.read_parquet(path, columns=ROW_COLUMNS) for path in inputs.rows])
    rows = rows[rows["row_role"] == "PAYMENT"]
    both = orders.merge(
        rows, how="outer", left_on="payment_request_id", right_on="request_id", indicator=True, suffixes=("_o", "_r")
    )
    is_wrong = (
        (both["_merge"] == "right_only")
        | ((both["_merge"] == "left_only") & (both["pay_state"] == "SUCCESS"))
        | (
            (both["_merge"] == "both")
            & (
                (both["pay_state"] != "SUCCESS")
                | (both["confirm_state"] != "CONFIRMED")
                | (both["amount_minor_o"] != both["amount_minor_r"])
                | (both["currency_o"] != both["currency_r"])
            )
        )
    )
    return int(is_wrong.sum())
