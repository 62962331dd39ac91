-- Refunds that the list of the day before needs and that no source has any more: each as it was last delivered.
-- Needed are refunds with a break of their own, and every refund of an order that is carried.
WITH carried_refunds AS (
  SELECT i.source_id, i.refund_key FROM opening_items AS i WHERE i.refund_key IS NOT NULL GROUP BY i.source_id, i.refund_key
),
carried_orders AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL GROUP BY i.source_id, i.order_key
)
SELECT b.*
FROM refunds_before AS b
LEFT JOIN carried_refunds AS c ON c.source_id = b.source_id AND c.refund_key = b.refund_key
LEFT JOIN carried_orders AS o ON o.source_id = b.source_id AND o.order_key = b.order_key
WHERE (c.refund_key IS NOT NULL OR o.order_key IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM delivered_refunds AS d WHERE d.source_id = b.source_id AND d.refund_key = b.refund_key)
  AND NOT EXISTS (SELECT 1 FROM delivered_refunds AS d WHERE d.refund_request_id = b.refund_request_id)
