-- Every refund of ours that stands beside something that this day looks at: all refunds of such an order, never some.
WITH orders AS (
  SELECT t.source_id, t.order_key FROM touched_refunds AS t
  UNION
  SELECT o.source_id, o.order_key FROM orders_in_scope AS o
)
SELECT
  f.*,
  CAST(COALESCE(f.refunded_at, f.requested_at) + INTERVAL '8' HOUR AS DATE) AS refund_day
FROM frozen_refunds AS f
JOIN orders AS t ON t.source_id = f.source_id AND t.order_key = f.order_key
CROSS JOIN parameters AS day
WHERE CAST(COALESCE(f.refunded_at, f.requested_at) + INTERVAL '8' HOUR AS DATE) <= day.as_of_day
  OR f.refund_request_id IN (SELECT r.request_id FROM other_rows AS r)
  OR f.provider_refund_id IN (SELECT r.provider_transaction_id FROM other_rows AS r)
  OR EXISTS (SELECT 1 FROM opening_items AS i WHERE i.source_id = f.source_id AND i.refund_key = f.refund_key)
