-- The order behind each row that is not a payment, by the original ids that the row itself names.
WITH by_request AS (
  SELECT d.file_id, d.line_number, MIN(o.source_id) AS source_id, MIN(o.order_key) AS order_key
  FROM refund_rows AS d
  JOIN orders_in_scope AS o ON o.payment_request_id = COALESCE(d.original_request_id, d.request_id)
  GROUP BY d.file_id, d.line_number
),
unresolved AS (
  SELECT d.file_id, d.line_number, d.original_provider_transaction_id
  FROM refund_rows AS d
  WHERE d.original_provider_transaction_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM by_request AS b WHERE b.file_id = d.file_id AND b.line_number = d.line_number)
),
by_payment AS (
  SELECT u.file_id, u.line_number, p.request_id
  FROM unresolved AS u
  JOIN rows_in_scope AS p
    ON p.row_role = 'PAYMENT' AND p.provider_transaction_id = u.original_provider_transaction_id
),
by_transaction AS (
  SELECT u.file_id, u.line_number, o.source_id, o.order_key
  FROM unresolved AS u
  JOIN orders_in_scope AS o ON o.provider_payment_id = u.original_provider_transaction_id
  UNION
  SELECT u.file_id, u.line_number, o.source_id, o.order_key
  FROM by_payment AS u
  JOIN orders_in_scope AS o ON o.payment_request_id = u.request_id
)
SELECT b.file_id, b.line_number, b.source_id, b.order_key FROM by_request AS b
UNION ALL
SELECT t.file_id, t.line_number, MIN(t.source_id) AS source_id, MIN(t.order_key) AS order_key
FROM by_transaction AS t
GROUP BY t.file_id, t.line_number
