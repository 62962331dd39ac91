-- One row per payment of the day that the first pass does not settle: missing on one side, or differing.
-- Reads: compared_payments
-- Columns:
--   payment_request_id       of our order; null: only the report has it
--   request_id               of the row; null: only our side has it
--   provider_transaction_id  of the row
SELECT payment.payment_request_id, payment.request_id, payment.provider_transaction_id
FROM compared_payments AS payment
WHERE NOT payment.is_settled
