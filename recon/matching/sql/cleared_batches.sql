-- One row per clearing batch that a Summary Report brought, of all days up to this one.
-- cleared_rows: the current summary rows of those days.
-- Reads: cleared_rows
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   clearing_batch_id         clearing batch of the line
--   clearing_day              clearing day (UTC+8) of the report
--   transaction_count         transactions of the batch
--   cleared_minor             what was cleared, minor units
--   lines                     places of its lines, joined by blanks
SELECT
  cleared_row.participant_agreement_id, cleared_row.settlement_currency, cleared_row.clearing_batch_id,
  MIN(cleared_row.clearing_day) AS clearing_day,
  CAST(SUM(cleared_row.total_count) AS BIGINT) AS transaction_count,
  CAST(SUM(cleared_row.sign * cleared_row.settlement_amount_minor) AS BIGINT) AS cleared_minor,
  STRING_AGG({place(cleared_row)}, ' '
    ORDER BY cleared_row.file_id, cleared_row.line_number) AS lines
FROM cleared_rows AS cleared_row
GROUP BY cleared_row.participant_agreement_id, cleared_row.settlement_currency, cleared_row.clearing_batch_id
ORDER BY cleared_row.participant_agreement_id, cleared_row.settlement_currency, cleared_row.clearing_batch_id
