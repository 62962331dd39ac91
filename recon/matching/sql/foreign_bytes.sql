-- One row per current report of a day (the parameter) whose bytes another report has: an earlier one, or another of
-- the day. Only reports with rows count, and no Transaction Summary: it is one line, which names its batch.
-- Reads: parsed.files
-- Columns:
--   kind        which report
--   file_id     file name and version that the row was read from
--   other_day   clearing day of the other report; null: none
--   other_name  name of the other report
SELECT file.kind, file.file_id, MAX(other_file.clearing_day) AS other_day, MAX(other_file.file_name) AS other_name
FROM parsed.files AS file
JOIN parsed.files AS other_file ON other_file.sha256 = file.sha256 AND other_file.kind = file.kind
  AND other_file.file_name <> file.file_name
WHERE file.clearing_day = ? AND file.is_current AND file.row_count > 0 AND file.kind <> 'transaction_summary'
  AND other_file.is_current
  AND (other_file.clearing_day < file.clearing_day OR (other_file.clearing_day = file.clearing_day
    AND other_file.file_name < file.file_name))
GROUP BY file.kind, file.file_id
ORDER BY file.file_id
