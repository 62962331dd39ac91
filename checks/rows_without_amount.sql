-- One row per report file with payments or refunds that lack an amount or its currency: the first line, how many of how
-- many.
SELECT
  parsed.file_id,
  MIN(parsed.line_number) FILTER (WHERE parsed.amount_minor IS NULL OR parsed.currency IS NULL) AS first_line,
  COUNT(*) FILTER (WHERE parsed.amount_minor IS NULL OR parsed.currency IS NULL) AS bare_count,
  COUNT(*) AS row_count
FROM {rows} AS parsed
WHERE parsed.row_role <> 'OTHER'
GROUP BY parsed.file_id
HAVING COUNT(*) FILTER (WHERE parsed.amount_minor IS NULL OR parsed.currency IS NULL) > 0
ORDER BY parsed.file_id
