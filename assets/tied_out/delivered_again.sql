-- One row per report that was delivered before, under the same name with the same bytes.
CREATE OR REPLACE TEMP TABLE delivered_again AS
SELECT DISTINCT file.file_id, file.clearing_day
FROM parsed.files AS file
JOIN parsed.files AS earlier ON earlier.file_name = file.file_name AND earlier.sha256 = file.sha256
  AND earlier.clearing_day < file.clearing_day
WHERE file.kind IN ('transaction_summary', 'settlement') AND file.is_current AND earlier.is_current
  AND file.clearing_day <= ?
