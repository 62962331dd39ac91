-- The report rows that the decision tables look at: of the day, and of earlier days.
WITH wanted AS (
  SELECT a.id FROM attention_ids AS a WHERE a.id IS NOT NULL
  UNION
  SELECT o.payment_request_id AS id FROM orders_in_scope AS o
)
SELECT r.* FROM rows_of_day AS r WHERE r.row_role = 'PAYMENT' AND r.request_id IN (SELECT w.id FROM wanted AS w)
UNION ALL
SELECT r.*
FROM rows_of_day AS r
WHERE r.request_id IS NULL
  AND r.row_role = 'PAYMENT'
  AND r.provider_transaction_id IN (SELECT a.id FROM attention_transactions AS a)
UNION ALL
SELECT n.* FROM attention_rows AS n
UNION ALL
SELECT n.*
FROM other_rows AS n
JOIN plain_refunds AS p ON p.request_id = n.request_id
JOIN orders_in_scope AS o ON o.source_id = p.source_id AND o.order_key = p.order_key
UNION ALL
SELECT e.* FROM earlier_rows AS e
