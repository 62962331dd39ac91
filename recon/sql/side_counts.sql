-- How many payments each side has by hour (UTC+8), merchant and file: what a flood of breaks is measured against.
-- A value is named by its side, so that an hour of ours is not taken for an hour of the reports.
SELECT 'report_hour' AS trait, STRFTIME(r.transaction_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H') AS trait_value,
  COUNT(*) AS row_count
FROM rows_of_day AS r
WHERE r.row_role = 'PAYMENT'
GROUP BY STRFTIME(r.transaction_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H')
UNION ALL
SELECT 'file', r.file_id, COUNT(*)
FROM rows_of_day AS r
WHERE r.row_role = 'PAYMENT'
GROUP BY r.file_id
UNION ALL
SELECT 'order_hour', STRFTIME(o.created_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H'), COUNT(*)
FROM frozen_orders AS o
CROSS JOIN parameters AS day
WHERE o.pay_state = 'SUCCESS' AND o.paid_at >= day.day_start_at AND o.paid_at < day.day_end_at
GROUP BY STRFTIME(o.created_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H')
UNION ALL
SELECT 'merchant', o.merchant_id, COUNT(*)
FROM frozen_orders AS o
CROSS JOIN parameters AS day
WHERE o.pay_state = 'SUCCESS' AND o.paid_at >= day.day_start_at AND o.paid_at < day.day_end_at
GROUP BY o.merchant_id
