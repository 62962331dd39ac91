-- One row per report file with payments or refunds that lack an amount or its currency: the first line, how many of how
-- many.
SELECT
  known.file_id,
  MIN(known.line_number) FILTER (WHERE known.is_bare) AS first_line,
  COUNT(*) FILTER (WHERE known.is_bare) AS bare_count,
  COUNT(*) AS row_count
FROM (
  SELECT parsed.file_id, parsed.line_number, (parsed.amount_minor IS NULL OR parsed.currency IS NULL) AS is_bare
  FROM {rows} AS parsed
  WHERE parsed.row_role <> 'OTHER'
) AS known
GROUP BY known.file_id
HAVING COUNT(*) FILTER (WHERE known.is_bare) > 0
ORDER BY known.file_id
