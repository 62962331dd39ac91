-- One row per report row of the day that is not a payment and may be an exception.
-- The rows of the day that are not payments and need the decision tables.
-- Reads: matched_refunds, other_rows
-- Columns:
--   other_rows.*  its columns, unchanged
SELECT report_row.*
FROM other_rows AS report_row
LEFT JOIN matched_refunds AS matched_refund ON matched_refund.request_id = report_row.request_id
WHERE matched_refund.request_id IS NULL
