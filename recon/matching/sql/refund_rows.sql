-- Every report row in scope that is not a payment, exact repeats removed.
SELECT r.*
FROM rows_in_scope AS r
WHERE r.row_role <> 'PAYMENT'
  AND NOT EXISTS (SELECT 1 FROM repeated_rows AS x WHERE x.file_id = r.file_id AND x.line_number = r.line_number)
