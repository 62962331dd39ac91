-- One row per file version that was read for the days since one: its rows with those in quarantine, null if it cannot be read.
SELECT file.file_id, file.sha256, CASE WHEN file.is_valid THEN file.row_count + file.quarantined_count END AS row_count
FROM parsed.files AS file
WHERE file.clearing_day > ?
