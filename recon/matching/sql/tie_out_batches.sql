-- One row per clearing batch that a settlement report of the day lists, and what the Summary Report of that batch
-- said. known_batches: the summary rows, of any day up to this one, that are listed.
-- Reads: known_batches, settlement_rows
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   batch_id                  clearing or settlement batch of the file name
--   file_id                   file name and version that the row was read from
--   clearing_batch_id         clearing batch of the line
--   settled_count             transactions by the settlement report
--   settled_minor             amount by the settlement report, minor units
--   cleared_count             transactions by the Summary Report; null: not known
--   cleared_minor             amount by the Summary Report, minor units; null: not known
WITH known AS (
  SELECT
    known_batch.participant_agreement_id, known_batch.settlement_currency, known_batch.clearing_batch_id,
    SUM(known_batch.total_count) AS total_count,
    SUM(known_batch.sign * known_batch.settlement_amount_minor) AS net_minor
  FROM known_batches AS known_batch
  GROUP BY known_batch.participant_agreement_id, known_batch.settlement_currency, known_batch.clearing_batch_id
)
SELECT
  settlement_row.participant_agreement_id, settlement_row.settlement_currency, settlement_row.batch_id,
  settlement_row.file_id, settlement_row.clearing_batch_id,
  settlement_row.total_count AS settled_count,
  CAST(settlement_row.sign * settlement_row.settlement_amount_minor AS BIGINT) AS settled_minor,
  CAST(known.total_count AS BIGINT) AS cleared_count,
  CAST(known.net_minor AS BIGINT) AS cleared_minor
FROM settlement_rows AS settlement_row
LEFT JOIN known
  ON known.participant_agreement_id = settlement_row.participant_agreement_id
  AND known.settlement_currency = settlement_row.settlement_currency
  AND known.clearing_batch_id = settlement_row.clearing_batch_id
ORDER BY settlement_row.file_id, settlement_row.line_number
