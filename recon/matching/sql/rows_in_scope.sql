-- One row per report row.
-- The report rows that the decision tables look at: of the day, and of earlier days.
-- Reads: earlier_rows, exception_candidate_ids, exception_candidate_rows, exception_candidate_transactions,
--   matched_refunds, orders_in_scope, other_rows, selected_rows
-- Columns:
--   rows_of_day.*  its columns, unchanged
WITH wanted AS (
  SELECT candidate_id.id FROM exception_candidate_ids AS candidate_id WHERE candidate_id.id IS NOT NULL
  UNION
  SELECT own_order.payment_request_id AS id FROM orders_in_scope AS own_order
),
keys AS (
  SELECT wanted.id, TRUE AS has_request_id FROM wanted
  UNION ALL
  SELECT candidate_transaction.id, FALSE FROM exception_candidate_transactions AS candidate_transaction
)
SELECT report_row.*
FROM selected_rows AS report_row
JOIN keys AS key
  ON key.id = COALESCE(report_row.request_id, report_row.provider_transaction_id)
    AND key.has_request_id = (report_row.request_id IS NOT NULL)
UNION ALL
SELECT report_row.* FROM exception_candidate_rows AS report_row
UNION ALL
SELECT report_row.*
FROM other_rows AS report_row
JOIN matched_refunds AS matched_refund ON matched_refund.request_id = report_row.request_id
JOIN orders_in_scope AS own_order ON own_order.source_id = matched_refund.source_id
  AND own_order.order_key = matched_refund.order_key
UNION ALL
SELECT report_row.* FROM earlier_rows AS report_row
