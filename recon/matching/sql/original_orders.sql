-- One row per report row whose order is known.
-- The order behind each row that is not a payment, by the original ids that the row itself names: the request id, else
-- the Alipay+ id, of which the payment row with that id decides before an order that only stores it.
-- Reads: orders_in_scope, refund_rows, rows_in_scope
-- Columns:
--   file_id      file name and version that the row was read from
--   line_number  line of that file, from 1
--   source_id    source of our order, as configured
--   order_key    Ogloba's reference number of the order
WITH by_request AS (
  SELECT report_row.file_id, report_row.line_number, own_order.source_id, own_order.order_key
  FROM refund_rows AS report_row
  JOIN orders_in_scope AS own_order ON own_order.payment_request_id = COALESCE(report_row.original_request_id,
    report_row.request_id)
),
unresolved AS (
  SELECT report_row.file_id, report_row.line_number, report_row.original_provider_transaction_id
  FROM refund_rows AS report_row
  WHERE report_row.original_provider_transaction_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM by_request WHERE by_request.file_id = report_row.file_id
      AND by_request.line_number = report_row.line_number)
),
by_transaction AS (
  SELECT unresolved.file_id, unresolved.line_number, own_order.source_id, own_order.order_key, 1 AS step
  FROM unresolved
  JOIN rows_in_scope AS report_row
    ON report_row.row_role = 'PAYMENT' AND report_row.provider_transaction_id
      = unresolved.original_provider_transaction_id
  JOIN orders_in_scope AS own_order ON own_order.payment_request_id = report_row.request_id
  UNION ALL
  SELECT unresolved.file_id, unresolved.line_number, own_order.source_id, own_order.order_key, 2 AS step
  FROM unresolved
  JOIN orders_in_scope AS own_order ON own_order.provider_payment_id = unresolved.original_provider_transaction_id
)
SELECT by_request.file_id, by_request.line_number, by_request.source_id, by_request.order_key FROM by_request
UNION ALL
SELECT named.file_id, named.line_number, named.source_id, named.order_key
FROM (
  SELECT by_transaction.*,
    ROW_NUMBER() OVER (PARTITION BY by_transaction.file_id, by_transaction.line_number
      ORDER BY by_transaction.step, by_transaction.source_id, by_transaction.order_key) AS place
  FROM by_transaction
) AS named
WHERE named.place = 1
