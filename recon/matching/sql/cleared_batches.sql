-- One line per clearing batch that a Summary Report brought, of all days up to this one.
-- Reads cleared_rows: the current summary rows of those days.
SELECT
  c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id,
  MIN(c.clearing_day) AS clearing_day,
  CAST(SUM(c.total_count) AS BIGINT) AS transaction_count,
  CAST(SUM(c.sign * c.settlement_amount_minor) AS BIGINT) AS cleared_minor,
  STRING_AGG(c.file_id || ':' || CAST(c.line_number AS VARCHAR), ' ' ORDER BY c.file_id, c.line_number) AS lines
FROM cleared_rows AS c
GROUP BY c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id
ORDER BY c.participant_agreement_id, c.settlement_currency, c.clearing_batch_id
