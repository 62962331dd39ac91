-- One row per refund of an earlier day whose payment is reported only on this day.
-- Its fee was judged without the payment, and is judged again with it.
-- Reads: rows_before, rows_of_day
-- Columns:
--   id          refundId of Alipay+; null: the row has none
--   request_id  refundRequestId
--   payment_id  paymentId of its payment
SELECT DISTINCT refund.provider_transaction_id AS id, refund.request_id,
  refund.original_provider_transaction_id AS payment_id
FROM rows_before AS refund
JOIN rows_of_day AS payment ON payment.provider_transaction_id = refund.original_provider_transaction_id
WHERE refund.row_role = 'REFUND' AND payment.row_role = 'PAYMENT'
