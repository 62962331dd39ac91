-- The second step of the pairing ladder: a payment row that no order claims by request id, and the one order that
-- stores its Alipay+ id and has no row of its own.
WITH unclaimed AS (
  SELECT u.request_id, u.provider_transaction_id FROM unpaired AS u WHERE u.payment_request_id IS NULL
  UNION
  SELECT e.request_id, e.provider_transaction_id FROM earlier_rows AS e WHERE e.row_role = 'PAYMENT'
),
alone AS (
  SELECT u.request_id, u.provider_transaction_id
  FROM unclaimed AS u
  WHERE NOT EXISTS (SELECT 1 FROM orders_in_scope AS o WHERE o.payment_request_id = u.request_id)
),
candidates AS (
  SELECT a.request_id, a.provider_transaction_id, o.payment_request_id
  FROM alone AS a
  JOIN orders_in_scope AS o ON o.provider_payment_id = a.provider_transaction_id
)
SELECT c.provider_transaction_id, MIN(c.payment_request_id) AS payment_request_id
FROM candidates AS c
WHERE NOT EXISTS (
  SELECT 1 FROM rows_in_scope AS r WHERE r.row_role = 'PAYMENT' AND r.request_id = c.payment_request_id
)
GROUP BY c.provider_transaction_id
HAVING COUNT(*) = 1
