-- Report rows of earlier days that belong to what this day looks at.
-- A row that carries a request id belongs to the order or refund of that id, which may be settled and no longer loaded:
-- Alipay+'s own id finds only rows without one. What was paired so before is found again by the request id of its rows.
WITH wanted_requests AS (
  SELECT a.id FROM attention_ids AS a
  UNION
  SELECT o.payment_request_id AS id FROM orders_in_scope AS o
  UNION
  SELECT f.refund_request_id AS id FROM scope_refunds AS f
  UNION
  SELECT s.request_id AS id
  FROM seen_adopted AS s
  JOIN orders_in_scope AS o ON o.source_id = s.source_id AND o.order_key = s.order_key
  UNION
  SELECT s.request_id AS id
  FROM seen_adopted AS s
  JOIN scope_refunds AS f ON f.source_id = s.source_id AND f.order_key = s.order_key
),
wanted_transactions AS (
  SELECT a.id FROM attention_transactions AS a
  UNION
  SELECT o.provider_payment_id AS id FROM orders_in_scope AS o
  UNION
  SELECT r.original_provider_transaction_id AS id FROM attention_rows AS r
  UNION
  SELECT f.provider_refund_id AS id FROM scope_refunds AS f
  UNION
  SELECT i.provider_transaction_id AS id FROM opening_items AS i
)
SELECT r.*
FROM rows_before AS r
WHERE r.request_id IN (SELECT w.id FROM wanted_requests AS w WHERE w.id IS NOT NULL)
   OR r.original_request_id IN (SELECT w.id FROM wanted_requests AS w WHERE w.id IS NOT NULL)
   OR (
     r.request_id IS NULL
     AND r.provider_transaction_id IN (SELECT w.id FROM wanted_transactions AS w WHERE w.id IS NOT NULL)
   )
   OR (
     r.original_request_id IS NULL
     AND r.original_provider_transaction_id IN (SELECT w.id FROM wanted_transactions AS w WHERE w.id IS NOT NULL)
   )
