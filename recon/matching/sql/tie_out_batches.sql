-- One line per clearing batch that a settlement report of the day lists, and what the Summary Report of that batch said.
-- Reads settlement_rows of the day and known_batches: the summary rows, of any day up to this one, that are listed.
WITH known AS (
  SELECT
    k.participant_agreement_id, k.settlement_currency, k.clearing_batch_id,
    SUM(k.total_count) AS total_count, SUM(k.sign * k.settlement_amount_minor) AS net_minor
  FROM known_batches AS k
  GROUP BY k.participant_agreement_id, k.settlement_currency, k.clearing_batch_id
)
SELECT
  s.participant_agreement_id, s.settlement_currency, s.batch_id, s.file_id, s.clearing_batch_id,
  s.total_count AS settled_count,
  CAST(s.sign * s.settlement_amount_minor AS BIGINT) AS settled_minor,
  CAST(k.total_count AS BIGINT) AS cleared_count,
  CAST(k.net_minor AS BIGINT) AS cleared_minor
FROM settlement_rows AS s
LEFT JOIN known AS k
  ON k.participant_agreement_id = s.participant_agreement_id
  AND k.settlement_currency = s.settlement_currency
  AND k.clearing_batch_id = s.clearing_batch_id
ORDER BY s.file_id, s.line_number
