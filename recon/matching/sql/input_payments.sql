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
LEFT JOIN orders_in_scope AS in_scope ON in_scope.source_id = own_order.source_id
  AND in_scope.order_key = own_order.order_key
LEFT JOIN payment_rows AS reported ON reported.request_id = own_order.payment_request_id
LEFT JOIN adopted_rows AS adopted ON adopted.payment_request_id = own_order.payment_request_id
WHERE (own_order.effective_at >= day.day_start_at
  AND own_order.effective_at < day.day_end_at)
  OR in_scope.is_due
  OR (in_scope.order_key IS NOT NULL AND (reported.request_id IS NOT NULL OR adopted.payment_request_id IS NOT NULL))
