-- How many payments each side has by hour (UTC+8), merchant and file, fee rows by kind,
-- and orders that are carried by source: what a flood of breaks is measured against.
WITH report_rows AS (
  SELECT DATE_TRUNC('hour', r.transaction_at) AS hour_at, r.file_id, COUNT(*) AS row_count
  FROM rows_of_day AS r
  WHERE r.row_role = 'PAYMENT'
  GROUP BY DATE_TRUNC('hour', r.transaction_at), r.file_id
),
own_payments AS (
  SELECT DATE_TRUNC('hour', o.created_at) AS hour_at, o.merchant_id, COUNT(*) AS row_count
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  WHERE o.pay_state = 'SUCCESS' AND o.paid_at >= day.day_start_at AND o.paid_at < day.day_end_at
  GROUP BY DATE_TRUNC('hour', o.created_at), o.merchant_id
),
carried AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL GROUP BY i.source_id, i.order_key
)
SELECT 'report_hour' AS trait, STRFTIME(r.hour_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H') AS trait_value,
  CAST(SUM(r.row_count) AS BIGINT) AS row_count
FROM report_rows AS r
GROUP BY r.hour_at
UNION ALL
SELECT 'file', r.file_id, CAST(SUM(r.row_count) AS BIGINT)
FROM report_rows AS r
GROUP BY r.file_id
UNION ALL
SELECT 'order_hour', STRFTIME(o.hour_at + INTERVAL '8' HOUR, '%Y-%m-%dT%H'), CAST(SUM(o.row_count) AS BIGINT)
FROM own_payments AS o
GROUP BY o.hour_at
UNION ALL
SELECT 'merchant', o.merchant_id, CAST(SUM(o.row_count) AS BIGINT)
FROM own_payments AS o
GROUP BY o.merchant_id
UNION ALL
SELECT 'source', c.source_id, COUNT(*)
FROM carried AS c
GROUP BY c.source_id
UNION ALL
SELECT 'fee_kind', f.fee_kind, COUNT(*)
FROM fee_lines AS f
GROUP BY f.fee_kind
