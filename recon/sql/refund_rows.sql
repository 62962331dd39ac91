-- Every report row that is not a payment, exact repeats removed.
SELECT r.*
FROM (
  SELECT d.* FROM other_rows AS d
  UNION ALL
  SELECT e.* FROM earlier_rows AS e WHERE e.row_role <> 'PAYMENT'
) AS r
WHERE NOT EXISTS (SELECT 1 FROM repeated_rows AS x WHERE x.file_id = r.file_id AND x.line_number = r.line_number)
