-- One row per trait and value.
-- How many payments each side has by hour (UTC+8), merchant and file, fee rows by kind,
-- and orders that are carried by source: what an incident is measured against.
-- Reads: fee_lines, frozen_orders, opening_items, parameters, rows_of_day
-- Columns:
--   trait        what is counted by: report_hour, file, order_hour, merchant, source, fee_kind
--   trait_value  its value
--   row_count    how many have it
WITH report_rows AS (
  SELECT DATE_TRUNC('hour', report_row.transaction_at) AS hour_at, report_row.file_id, COUNT(*) AS row_count
  FROM rows_of_day AS report_row
  WHERE report_row.row_role = 'PAYMENT'
  GROUP BY DATE_TRUNC('hour', report_row.transaction_at), report_row.file_id
),
own_payments AS (
  SELECT DATE_TRUNC('hour', own_order.created_at) AS hour_at, own_order.merchant_id, COUNT(*) AS row_count
  FROM frozen_orders AS own_order
  CROSS JOIN parameters AS day
  WHERE own_order.pay_state = 'SUCCESS' AND own_order.paid_at >= day.day_start_at AND own_order.paid_at < day.day_end_at
  GROUP BY DATE_TRUNC('hour', own_order.created_at), own_order.merchant_id
),
carried AS (
  SELECT opening.source_id, opening.order_key
  FROM opening_items AS opening
  WHERE opening.order_key IS NOT NULL
  GROUP BY opening.source_id, opening.order_key
)
SELECT 'report_hour' AS trait, STRFTIME(report_row.hour_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H') AS trait_value,
  CAST(SUM(report_row.row_count) AS BIGINT) AS row_count
FROM report_rows AS report_row
GROUP BY report_row.hour_at
UNION ALL
SELECT 'file', report_row.file_id, CAST(SUM(report_row.row_count) AS BIGINT)
FROM report_rows AS report_row
GROUP BY report_row.file_id
UNION ALL
SELECT 'order_hour', STRFTIME(own_payment.hour_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H'),
  CAST(SUM(own_payment.row_count) AS BIGINT)
FROM own_payments AS own_payment
GROUP BY own_payment.hour_at
UNION ALL
SELECT 'merchant', own_payment.merchant_id, CAST(SUM(own_payment.row_count) AS BIGINT)
FROM own_payments AS own_payment
GROUP BY own_payment.merchant_id
UNION ALL
SELECT 'source', carried.source_id, COUNT(*)
FROM carried
GROUP BY carried.source_id
UNION ALL
SELECT 'fee_kind', fee_line.fee_kind, COUNT(*)
FROM fee_lines AS fee_line
GROUP BY fee_line.fee_kind
