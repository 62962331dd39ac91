"""What an engineer writes first: one outer join in DuckDB, a CASE for the status, all rows to a table.

No refunds, no flags, no repeats, no other days, no evidence beyond file and line.
"""

from __future__ import annotations

import duckdb

from bench.inputs import Inputs

JOIN = """
CREATE TABLE matched AS
SELECT
  COALESCE(o.payment_request_id, r.request_id) AS payment_request_id,
  o.amount_minor AS order_amount_minor, r.amount_minor AS report_amount_minor, o.currency,
  o.pay_state, o.confirm_state, r.provider_transaction_id, r.file_id, r.line_number,
  CASE
    WHEN o.payment_request_id IS NULL THEN 'REPORT ONLY'
    WHEN r.request_id IS NULL AND o.pay_state = 'SUCCESS' THEN 'ORDER ONLY'
    WHEN r.request_id IS NULL THEN 'OK'
    WHEN o.pay_state <> 'SUCCESS' OR o.confirm_state <> 'CONFIRMED' THEN 'STATUS'
    WHEN o.amount_minor <> r.amount_minor OR o.currency <> r.currency THEN 'AMOUNT'
    ELSE 'OK'
  END AS outcome
FROM (
  SELECT * FROM read_parquet($orders)
  WHERE CAST(COALESCE(paid_at, created_at) + INTERVAL 8 HOUR AS DATE) = $day
) AS o
FULL OUTER JOIN (SELECT * FROM read_parquet($rows) WHERE row_role = 'PAYMENT') AS r
  ON r.request_id = o.payment_request_id
"""


def match(inputs: Inputs) -> int:
    """Rows that are not OK."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            JOIN, {"orders": str(inputs.orders), "rows": [str(path) for path in inputs.rows], "day": inputs.day}
        ).fetchall()
        return int(connection.execute("SELECT COUNT(*) FROM matched WHERE outcome <> 'OK'").fetchall()[0][0])
