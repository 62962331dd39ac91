-- One line per clearing batch whose Summary Report is told before fees (K4), up to a day (the parameter): what its fees
-- amount to (K3). What is settled is after fees. Reads tied_out.edges.
WITH fees AS (
  SELECT e.as_of_day, e.participant_agreement_id, e.settlement_currency, e.batch_id, SUM(e.left_value) AS fee_minor
  FROM tied_out.edges AS e
  WHERE e.edge = 'K3' AND e.left_name = 'sum of the rows'
  GROUP BY e.as_of_day, e.participant_agreement_id, e.settlement_currency, e.batch_id
)
SELECT
  k.participant_agreement_id, k.settlement_currency, k.batch_id AS clearing_batch_id,
  CAST(MAX(f.fee_minor) AS BIGINT) AS fee_minor
FROM tied_out.edges AS k
JOIN fees AS f
  ON f.as_of_day = k.as_of_day AND f.participant_agreement_id = k.participant_agreement_id
  AND f.settlement_currency = k.settlement_currency AND f.batch_id = k.batch_id
WHERE k.edge = 'K4' AND k.verdict = 'equal, before fees' AND k.as_of_day <= ?
GROUP BY k.participant_agreement_id, k.settlement_currency, k.batch_id
