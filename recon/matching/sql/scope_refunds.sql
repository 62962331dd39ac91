-- Every refund of ours that stands beside something that this day looks at: all refunds of such an order, never some.
-- is_due: it gets an outcome even without a row. What happened after the cut belongs to the next day, unless carried.
WITH orders AS (
  SELECT t.source_id, t.order_key FROM touched_refunds AS t
  UNION
  SELECT o.source_id, o.order_key FROM orders_in_scope AS o
)
SELECT f.*
FROM (
  SELECT
    f.*,
    CAST(COALESCE(f.refunded_at, f.requested_at) + INTERVAL '8' HOUR AS DATE) AS refund_day,
    COALESCE(f.refunded_at, f.requested_at) < day.day_end_at
      OR EXISTS (SELECT 1 FROM opening_items AS i WHERE i.source_id = f.source_id AND i.refund_key = f.refund_key)
      AS is_due,
    f.requested_at < day.day_end_at AS is_begun
  FROM frozen_refunds AS f
  JOIN orders AS t ON t.source_id = f.source_id AND t.order_key = f.order_key
  CROSS JOIN parameters AS day
) AS f
WHERE f.is_due
  OR f.is_begun
  OR f.refund_request_id IN (SELECT r.request_id FROM other_rows AS r WHERE r.row_role = 'REFUND')
  OR f.provider_refund_id IN (SELECT r.provider_transaction_id FROM other_rows AS r WHERE r.row_role = 'REFUND')
