-- One row per set of clearing reports of the day: what its Summary Report says, summed over its files.
-- Reads: parsed_files, summary_rows
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   batch_id                  clearing or settlement batch of the file name
--   total_count               number of transactions
--   net_minor                 settlement amounts with sign, minor units
SELECT
  file.participant_agreement_id, file.settlement_currency, file.batch_id,
  CAST(COALESCE(SUM(summary_row.total_count), 0) AS BIGINT) AS total_count,
  CAST(COALESCE(SUM(summary_row.sign * summary_row.settlement_amount_minor), 0) AS BIGINT) AS net_minor
FROM parsed_files AS file
LEFT JOIN summary_rows AS summary_row ON summary_row.file_id = file.file_id
WHERE file.kind = 'transaction_summary'
GROUP BY file.participant_agreement_id, file.settlement_currency, file.batch_id
ORDER BY file.participant_agreement_id, file.settlement_currency, file.batch_id
