-- One row per id.
-- Alipay+ ids that are on more than one row of the day, or on more than one fee row of a kind.
-- Reads: fee_lines, rows_of_day
-- Columns:
--   id  Alipay+ id; may be null
SELECT fee_line.provider_transaction_id AS id
FROM fee_lines AS fee_line
GROUP BY fee_line.provider_transaction_id, fee_line.fee_kind
HAVING COUNT(*) > 1
UNION
SELECT report_row.provider_transaction_id AS id
FROM rows_of_day AS report_row
GROUP BY report_row.provider_transaction_id
HAVING COUNT(*) > 1
