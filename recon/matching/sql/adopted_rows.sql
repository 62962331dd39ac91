-- The second step of the pairing ladder: a payment row that no order claims by request id, and the one order that
-- stores its Alipay+ id and has no row of its own.
WITH unclaimed AS (
  SELECT p.file_id, p.line_number, p.provider_transaction_id
  FROM payment_rows AS p
  LEFT JOIN orders_in_scope AS o ON o.payment_request_id = p.request_id
  WHERE o.payment_request_id IS NULL
),
candidates AS (
  SELECT u.file_id, u.line_number, u.provider_transaction_id, o.payment_request_id
  FROM unclaimed AS u
  JOIN orders_in_scope AS o ON o.provider_payment_id = u.provider_transaction_id
  LEFT JOIN payment_rows AS own ON own.request_id = o.payment_request_id
  WHERE own.request_id IS NULL
)
SELECT MIN(c.file_id) AS file_id, MIN(c.line_number) AS line_number, MIN(c.payment_request_id) AS payment_request_id
FROM candidates AS c
GROUP BY c.provider_transaction_id
HAVING COUNT(*) = 1
