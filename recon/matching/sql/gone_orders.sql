-- One row per order that is gone.
-- Orders that the list of the day before needs and that no source has any more: each as it was last delivered.
-- An order that came back under another key or source is not gone: its paymentRequestId is there.
-- Reads: delivered_orders, opening_items, orders_before
-- Columns:
--   orders_before.*  its columns, unchanged
WITH carried AS (
  SELECT opening.source_id, opening.order_key
  FROM opening_items AS opening
  WHERE opening.order_key IS NOT NULL
  GROUP BY opening.source_id, opening.order_key
)
SELECT before.*
FROM orders_before AS before
JOIN carried ON carried.source_id = before.source_id AND carried.order_key = before.order_key
WHERE NOT EXISTS (SELECT 1 FROM delivered_orders AS delivered WHERE delivered.source_id = before.source_id
  AND delivered.order_key = before.order_key)
  AND NOT EXISTS (SELECT 1 FROM delivered_orders AS delivered
    WHERE delivered.payment_request_id = before.payment_request_id)
