-- One row per refund that is gone.
-- Refunds that the list of the day before needs and that no source has any more: each as it was last delivered.
-- Needed are refunds with a break of their own, and every refund of an order that is carried.
-- Reads: delivered_refunds, opening_items, refunds_before
-- Columns:
--   refunds_before.*  its columns, unchanged
WITH carried_refunds AS (
  SELECT opening.source_id, opening.refund_key
  FROM opening_items AS opening
  WHERE opening.refund_key IS NOT NULL
  GROUP BY opening.source_id, opening.refund_key
),
carried_orders AS (
  SELECT opening.source_id, opening.order_key
  FROM opening_items AS opening
  WHERE opening.order_key IS NOT NULL
  GROUP BY opening.source_id, opening.order_key
)
SELECT before.*
FROM refunds_before AS before
LEFT JOIN carried_refunds AS carried_refund ON carried_refund.source_id = before.source_id
  AND carried_refund.refund_key = before.refund_key
LEFT JOIN carried_orders AS carried_order ON carried_order.source_id = before.source_id
  AND carried_order.order_key = before.order_key
WHERE (carried_refund.refund_key IS NOT NULL OR carried_order.order_key IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM delivered_refunds AS delivered WHERE delivered.source_id = before.source_id
    AND delivered.refund_key = before.refund_key)
  AND NOT EXISTS (SELECT 1 FROM delivered_refunds AS delivered
    WHERE delivered.refund_request_id = before.refund_request_id)
