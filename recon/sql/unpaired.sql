-- Request ids that stand on one side only on this day: orders of the day without a payment row, rows without an order of the day.
SELECT
  o.payment_request_id,
  r.request_id,
  r.provider_transaction_id
FROM (
  SELECT f.payment_request_id
  FROM frozen_orders AS f
  CROSS JOIN parameters AS day
  WHERE CAST(COALESCE(f.paid_at, f.created_at) + INTERVAL '8' HOUR AS DATE) = day.as_of_day
) AS o
FULL OUTER JOIN (
  SELECT d.request_id, d.provider_transaction_id FROM rows_of_day AS d WHERE d.row_role = 'PAYMENT'
) AS r ON r.request_id = o.payment_request_id
WHERE o.payment_request_id IS NULL OR r.request_id IS NULL
