-- Request ids for the same: of rows without an Alipay+ id, of fee rows whose id no payment has, of what was open before.
SELECT f.request_id AS id
FROM fee_lines AS f
JOIN fee_not_plain AS n ON n.id = f.provider_transaction_id AND n.fee_kind = f.fee_kind
WHERE n.is_alone AND f.request_id IS NOT NULL
UNION
SELECT f.request_id AS id FROM fee_lines AS f WHERE f.provider_transaction_id IS NULL
UNION
SELECT r.request_id AS id FROM rows_of_day AS r WHERE r.provider_transaction_id IS NULL
UNION
SELECT o.transaction_id AS id FROM opening_fees AS o
UNION
SELECT o.request_id AS id FROM opening_fees AS o WHERE o.request_id IS NOT NULL
