-- One row per current Transaction Summary, until a day, of the batches that the settlements of the day list.
SELECT DISTINCT summary.clearing_day, summary.file_id
FROM parsed.files AS summary
JOIN settlement_rows AS settled ON settled.clearing_batch_id = summary.batch_id
WHERE summary.kind = $kind AND summary.is_current AND summary.clearing_day <= $day
ORDER BY summary.clearing_day, summary.file_id
