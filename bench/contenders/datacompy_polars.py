"""The comparison library: datacompy on Polars, joined on the request id. It compares values and knows no statuses.

Runs in an environment of its own (bench/datacompy.txt), so it reads the Parquet files without this project.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date, timedelta


def match(orders_path: str, row_paths: list[str], day: date) -> int:
    """Rows that differ or stand on one side only."""
    import polars as pl
    from datacompy import PolarsCompare

    moment = pl.coalesce("paid_at", "created_at") + timedelta(hours=8)
    orders = (
        pl.scan_parquet(orders_path)
        .filter((moment.dt.date() == day) & (pl.col("pay_state") == "SUCCESS"))
        .select("payment_request_id", "amount_minor", "currency")
        .collect()
    )
    rows = (
        pl.scan_parquet(row_paths)
        .filter(pl.col("row_role") == "PAYMENT")
        .select(pl.col("request_id").alias("payment_request_id"), "amount_minor", "currency")
        .collect()
    )
    compare = PolarsCompare(orders, rows, join_columns=["payment_request_id"])
    return len(compare.df1_unq_rows) + len(compare.df2_unq_rows) + len(compare.all_mismatch())


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    import datacompy  # noqa: F401 - the import is not part of the time

    started, cpu = time.perf_counter(), time.process_time()
    found = match(given["orders"], given["rows"], date.fromisoformat(given["day"]))
    print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "found": found}))
