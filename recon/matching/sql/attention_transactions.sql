-- Alipay+ ids of payments that can only be found by them: of rows that no order claims, of refunds and open items
-- that name no request id of ours.
SELECT n.provider_transaction_id AS id
FROM not_plain AS n
WHERE n.payment_request_id IS NULL AND n.provider_transaction_id IS NOT NULL
UNION
SELECT s.id FROM suspect_ids AS s
UNION
SELECT r.original_provider_transaction_id AS id
FROM attention_rows AS r
LEFT JOIN frozen_orders AS o ON o.payment_request_id = r.original_request_id
WHERE o.payment_request_id IS NULL AND r.original_provider_transaction_id IS NOT NULL
UNION
SELECT i.provider_transaction_id AS id
FROM opening_items AS i
WHERE i.order_key IS NULL AND i.provider_transaction_id IS NOT NULL
