-- One row per report row.
-- Every report row in scope that is not a payment, exact repeats removed.
-- Reads: repeated_rows, rows_in_scope
-- Columns:
--   rows_in_scope.*  its columns, unchanged
SELECT report_row.*
FROM rows_in_scope AS report_row
WHERE report_row.row_role <> 'PAYMENT'
  AND NOT EXISTS (SELECT 1 FROM repeated_rows AS copy WHERE copy.file_id = report_row.file_id
    AND copy.line_number = report_row.line_number)
