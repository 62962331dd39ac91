-- One row per payment row of the day that lacks a wallet or a merchant that decides the rate, and whose order of
-- ours is known: by request id, else by Alipay+ id. Where several orders name different ones, none is known.
-- Reads: fee_named_rates, frozen_orders, rows_of_day
-- Columns:
--   file_id      file name and version that the row was read from
--   line_number  line of that file, from 1
--   psp_id       wallet of the payer by our order; null: not known
--   merchant_id  the merchant by our order; null: not known
WITH asked AS (
  SELECT
    COALESCE(MAX(CASE WHEN rate.psp_id <> '*' THEN 1 ELSE 0 END), 0) = 1 AS by_wallet,
    COALESCE(MAX(CASE WHEN rate.merchant_id <> '*' THEN 1 ELSE 0 END), 0) = 1 AS by_merchant
  FROM fee_named_rates AS rate
),
unnamed AS (
  SELECT report_row.file_id, report_row.line_number, report_row.request_id, report_row.provider_transaction_id
  FROM rows_of_day AS report_row
  JOIN asked
    ON (asked.by_wallet AND report_row.psp_id IS NULL) OR (asked.by_merchant AND report_row.merchant_id IS NULL)
  WHERE report_row.row_role = 'PAYMENT'
),
by_request AS (
  SELECT unnamed.file_id, unnamed.line_number, own_order.psp_id, own_order.merchant_id
  FROM unnamed
  JOIN frozen_orders AS own_order ON own_order.payment_request_id = unnamed.request_id
),
by_id AS (
  SELECT unnamed.file_id, unnamed.line_number, own_order.psp_id, own_order.merchant_id
  FROM unnamed
  JOIN frozen_orders AS own_order ON own_order.provider_payment_id = unnamed.provider_transaction_id
  LEFT JOIN by_request ON by_request.file_id = unnamed.file_id AND by_request.line_number = unnamed.line_number
  WHERE by_request.file_id IS NULL
),
named AS (
  SELECT by_request.* FROM by_request
  UNION ALL
  SELECT by_id.* FROM by_id
)
SELECT
  named.file_id, named.line_number,
  CASE WHEN MIN(named.psp_id) = MAX(named.psp_id) THEN MIN(named.psp_id) END AS psp_id,
  CASE WHEN MIN(named.merchant_id) = MAX(named.merchant_id) THEN MIN(named.merchant_id) END AS merchant_id
FROM named
GROUP BY named.file_id, named.line_number
