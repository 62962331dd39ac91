-- Alipay+ ids that stand on more than one row of the day, or on more than one fee row of a kind.
SELECT f.provider_transaction_id AS id
FROM fee_lines AS f
GROUP BY f.provider_transaction_id, f.fee_kind
HAVING COUNT(*) > 1
UNION
SELECT r.provider_transaction_id AS id
FROM rows_of_day AS r
GROUP BY r.provider_transaction_id
HAVING COUNT(*) > 1
