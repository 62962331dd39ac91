-- One row per line of a day that could not be read: its kind of report, and place and reason in words.
SELECT line.kind, line.file_id || ', line ' || CAST(line.line_number AS VARCHAR) || ': '
  || COALESCE(line.field || ' ', '') || line.reason AS finding
FROM parsed.quarantine AS line
WHERE line.clearing_day = ?
ORDER BY line.file_id, line.line_number
