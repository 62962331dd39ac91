-- One row per id.
-- Ids that are on more than one row in scope: only these need counting and comparing.
-- Reads: rows_in_scope
-- Columns:
--   id  request id, else Alipay+ id
SELECT COALESCE(report_row.request_id, report_row.provider_transaction_id) AS id
FROM rows_in_scope AS report_row
GROUP BY COALESCE(report_row.request_id, report_row.provider_transaction_id)
HAVING COUNT(*) > 1
