-- One row per id.
-- Ids that are on more than one report row of the day.
-- Reads: rows_of_day
-- Columns:
--   id  request id, else Alipay+ id
SELECT COALESCE(report_row.request_id, report_row.provider_transaction_id) AS id
FROM rows_of_day AS report_row
GROUP BY COALESCE(report_row.request_id, report_row.provider_transaction_id)
HAVING COUNT(*) > 1
