-- Orders that the list of the day before needs and that no source has any more: each as it was last delivered.
-- An order that came back under another key or source is not gone: its paymentRequestId is there.
WITH carried AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL GROUP BY i.source_id, i.order_key
)
SELECT b.*
FROM orders_before AS b
JOIN carried AS c ON c.source_id = b.source_id AND c.order_key = b.order_key
WHERE NOT EXISTS (SELECT 1 FROM delivered_orders AS d WHERE d.source_id = b.source_id AND d.order_key = b.order_key)
  AND NOT EXISTS (SELECT 1 FROM delivered_orders AS d WHERE d.payment_request_id = b.payment_request_id)
