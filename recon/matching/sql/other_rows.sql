-- One row per report row.
-- The rows of the day that are not payments: refunds, and types that the layout does not know.
-- Reads: rows_of_day
-- Columns:
--   rows_of_day.*  its columns, unchanged
SELECT report_row.* FROM rows_of_day AS report_row WHERE report_row.row_role <> 'PAYMENT'
