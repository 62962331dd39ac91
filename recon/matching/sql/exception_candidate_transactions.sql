-- One row per payment that may be an exception and is known by its Alipay+ id only.
-- Alipay+ ids of payments that can only be found by them: of rows that no order claims, of refunds and open items
-- that name no request id of ours.
-- Reads: exception_candidate_rows, frozen_orders, ids_on_several_rows, opening_items, unmatched_or_differing
-- Columns:
--   id  paymentId of Alipay+
SELECT candidate.provider_transaction_id AS id
FROM unmatched_or_differing AS candidate
WHERE candidate.payment_request_id IS NULL AND candidate.provider_transaction_id IS NOT NULL
UNION
SELECT repeated.id FROM ids_on_several_rows AS repeated
UNION
SELECT report_row.original_provider_transaction_id AS id
FROM exception_candidate_rows AS report_row
LEFT JOIN frozen_orders AS own_order ON own_order.payment_request_id = report_row.original_request_id
WHERE own_order.payment_request_id IS NULL AND report_row.original_provider_transaction_id IS NOT NULL
UNION
SELECT opening.provider_transaction_id AS id
FROM opening_items AS opening
WHERE opening.order_key IS NULL AND opening.provider_transaction_id IS NOT NULL
