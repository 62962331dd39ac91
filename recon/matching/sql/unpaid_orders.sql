-- One row per order of the day that ended without money and has no report row of the day, and that the decision tables
-- did not see: found by a join of its own, as `matched_payment_pairs`.
-- Reads: frozen_orders, orders_in_scope, parameters, rows_of_day
-- Columns:
--   source_id  where the order comes from
--   order_key  its key there
SELECT own_order.source_id, own_order.order_key
FROM frozen_orders AS own_order
CROSS JOIN parameters AS day
LEFT JOIN orders_in_scope AS in_scope ON in_scope.source_id = own_order.source_id
  AND in_scope.order_key = own_order.order_key
LEFT JOIN rows_of_day AS report_row ON report_row.row_role = 'PAYMENT'
  AND report_row.request_id = own_order.payment_request_id
WHERE own_order.effective_at >= day.day_start_at
  AND own_order.effective_at < day.day_end_at
  AND own_order.pay_state IN ('FAILED', 'CLOSED')
  AND in_scope.order_key IS NULL
  AND report_row.file_id IS NULL
