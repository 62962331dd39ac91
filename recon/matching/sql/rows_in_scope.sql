-- The report rows that the decision tables look at: of the day, and of earlier days.
WITH wanted AS (
  SELECT a.id FROM attention_ids AS a WHERE a.id IS NOT NULL
  UNION
  SELECT o.payment_request_id AS id FROM orders_in_scope AS o
),
keys AS (
  SELECT w.id, TRUE AS has_request_id FROM wanted AS w
  UNION ALL
  SELECT a.id, FALSE FROM attention_transactions AS a
)
SELECT r.*
FROM rows_of_day AS r
JOIN keys AS k
  ON k.id = COALESCE(r.request_id, r.provider_transaction_id) AND k.has_request_id = (r.request_id IS NOT NULL)
WHERE r.row_role = 'PAYMENT'
UNION ALL
SELECT n.* FROM attention_rows AS n
UNION ALL
SELECT n.*
FROM other_rows AS n
JOIN plain_refunds AS p ON p.request_id = n.request_id
JOIN orders_in_scope AS o ON o.source_id = p.source_id AND o.order_key = p.order_key
UNION ALL
SELECT e.* FROM earlier_rows AS e
