-- One row: reported payments, our payments, and how many of ours the reports name.
WITH reported AS (
  SELECT payment.request_id, payment.provider_transaction_id FROM {rows} AS payment WHERE payment.row_role = 'PAYMENT'
)
SELECT
  (SELECT COUNT(*) FROM reported),
  (SELECT COUNT(*) FROM {payments} AS payment),
  (SELECT COUNT(*) FROM {payments} AS payment
   WHERE payment.payment_request_id IN (SELECT reported.request_id FROM reported)
   OR payment.provider_payment_id IN (SELECT reported.provider_transaction_id FROM reported))
