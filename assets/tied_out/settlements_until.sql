-- One row per settlement that a current report brought, until a day: its currency, and the clearing day of the first report.
SELECT file.batch_id, file.settlement_currency, MIN(file.clearing_day) AS first_day
FROM parsed.files AS file
WHERE file.kind = ? AND file.is_current AND file.clearing_day <= ?
GROUP BY file.batch_id, file.settlement_currency
