-- One row per report file with rows outside the clearing day in UTC+8: how many of how many, the first line, the days.
SELECT
  dated.file_id,
  COUNT(*) FILTER (WHERE dated.row_day <> $day) AS outside_count,
  COUNT(*) AS row_count,
  MIN(dated.line_number) FILTER (WHERE dated.row_day <> $day) AS first_line,
  MIN(dated.row_day) AS first_day,
  MAX(dated.row_day) AS last_day
FROM (
  SELECT parsed.file_id, parsed.line_number, CAST(parsed.transaction_at + INTERVAL '8' HOUR AS DATE) AS row_day
  FROM {rows} AS parsed
) AS dated
GROUP BY dated.file_id
HAVING COUNT(*) FILTER (WHERE dated.row_day <> $day) > 0
ORDER BY dated.file_id
