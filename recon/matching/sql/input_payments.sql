-- One row per order of ours that came in: those of the day, and those looked at again.
-- Reads: adopted_rows, frozen_orders, orders_in_scope, parameters, payment_rows
-- Columns:
--   source_id     where the order comes from
--   order_key     its key there
--   amount_minor  what it sold for, minor units
--   currency      currency of the amount
SELECT own_order.source_id, own_order.order_key, own_order.amount_minor, own_order.currency
FROM frozen_orders AS own_order
CROSS JOIN parameters AS day
WHERE own_order.effective_at >= day.day_start_at
  AND own_order.effective_at < day.day_end_at
UNION ALL
SELECT in_scope.source_id, in_scope.order_key, in_scope.amount_minor, in_scope.currency
FROM orders_in_scope AS in_scope
CROSS JOIN parameters AS day
LEFT JOIN payment_rows AS reported ON reported.request_id = in_scope.payment_request_id
LEFT JOIN adopted_rows AS adopted ON adopted.payment_request_id = in_scope.payment_request_id
WHERE NOT (in_scope.effective_at >= day.day_start_at AND in_scope.effective_at < day.day_end_at)
  AND (in_scope.is_due OR reported.request_id IS NOT NULL OR adopted.payment_request_id IS NOT NULL)
