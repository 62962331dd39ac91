-- One row per order of the day and report row that the first pass paired: found by a join of its own, so that the proof
-- does not depend on the first pass.
-- Reads: frozen_orders, orders_in_scope, parameters, rows_of_day
-- Columns:
--   source_id    where the order comes from
--   order_key    its key there
--   file_id      file name and version that the row was read from
--   line_number  line of that file, from 1
SELECT own_order.source_id, own_order.order_key, report_row.file_id, report_row.line_number
FROM frozen_orders AS own_order
CROSS JOIN parameters AS day
JOIN rows_of_day AS report_row ON report_row.row_role = 'PAYMENT'
  AND report_row.request_id = own_order.payment_request_id
LEFT JOIN orders_in_scope AS in_scope ON in_scope.source_id = own_order.source_id
  AND in_scope.order_key = own_order.order_key
WHERE own_order.effective_at >= day.day_start_at
  AND own_order.effective_at < day.day_end_at
  AND in_scope.order_key IS NULL
