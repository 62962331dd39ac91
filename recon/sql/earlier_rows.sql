-- Report rows of earlier days that belong to what this day looks at.
WITH wanted_requests AS (
  SELECT o.payment_request_id AS id FROM other_orders AS o
  UNION
  SELECT COALESCE(u.payment_request_id, u.request_id) AS id FROM unpaired AS u
  UNION
  SELECT r.request_id AS id FROM other_rows AS r
  UNION
  SELECT r.original_request_id AS id FROM other_rows AS r
  UNION
  SELECT f.refund_request_id AS id FROM scope_refunds AS f
  UNION
  SELECT i.request_id AS id FROM opening_items AS i
  UNION
  SELECT s.payment_request_id AS id FROM seen_early AS s
  UNION
  SELECT n.earlier_request_id AS id FROM near_pairs AS n
  UNION
  SELECT n.later_request_id AS id FROM near_pairs AS n
),
wanted_transactions AS (
  SELECT o.provider_payment_id AS id FROM other_orders AS o
  UNION
  SELECT r.original_provider_transaction_id AS id FROM other_rows AS r
  UNION
  SELECT f.provider_refund_id AS id FROM scope_refunds AS f
  UNION
  SELECT i.provider_transaction_id AS id FROM opening_items AS i
)
SELECT r.*
FROM rows_before AS r
WHERE r.request_id IN (SELECT w.id FROM wanted_requests AS w WHERE w.id IS NOT NULL)
   OR r.original_request_id IN (SELECT w.id FROM wanted_requests AS w WHERE w.id IS NOT NULL)
   OR r.provider_transaction_id IN (SELECT w.id FROM wanted_transactions AS w WHERE w.id IS NOT NULL)
   OR r.original_provider_transaction_id IN (SELECT w.id FROM wanted_transactions AS w WHERE w.id IS NOT NULL)
