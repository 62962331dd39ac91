-- One row per current file of a kind, until a day, whose rows an older version kept in Parquet only.
SELECT file.clearing_day, file.file_id
FROM parsed.files AS file
WHERE file.kind = $kind AND file.is_current AND file.clearing_day <= $day AND file.row_count > 0
  AND NOT EXISTS (SELECT 1 FROM parsed.batch_lines AS line WHERE line.file_id = file.file_id)
ORDER BY file.clearing_day, file.file_id
