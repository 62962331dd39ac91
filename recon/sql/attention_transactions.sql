-- Alipay+ ids that the decision tables have to look at on this day.
SELECT n.provider_transaction_id AS id FROM not_plain AS n WHERE n.provider_transaction_id IS NOT NULL
UNION
SELECT s.id FROM suspect_ids AS s
UNION
SELECT r.original_provider_transaction_id AS id FROM other_rows AS r
UNION
SELECT f.provider_refund_id AS id FROM scope_refunds AS f
UNION
SELECT i.provider_transaction_id AS id FROM opening_items AS i
