-- One row per clearing batch whose summary ties out before fees, up to a day. The parameters are the identity of the
-- amounts of fees, that of the amounts of summaries, the verdict of those before fees, and the day.
-- What is settled is after fees: this is what has to come off.
-- Reads: tied_out.edges
-- Columns:
--   participant_agreement_id  the agreement under which Alipay+ pays
--   settlement_currency       currency in which Alipay+ pays
--   clearing_batch_id         clearing batch of the summary
--   fee_minor                 sum of its fee rows, minor units
WITH fees AS (
  SELECT
    fee_edge.as_of_day, fee_edge.participant_agreement_id, fee_edge.settlement_currency, fee_edge.batch_id,
    SUM(fee_edge.left_value) AS fee_minor
  FROM tied_out.edges AS fee_edge
  WHERE fee_edge.edge = ? AND fee_edge.left_name = 'sum of the rows'
  GROUP BY fee_edge.as_of_day, fee_edge.participant_agreement_id, fee_edge.settlement_currency, fee_edge.batch_id
)
SELECT
  summary_edge.participant_agreement_id, summary_edge.settlement_currency, summary_edge.batch_id AS clearing_batch_id,
  CAST(MAX(fees.fee_minor) AS BIGINT) AS fee_minor
FROM tied_out.edges AS summary_edge
JOIN fees
  ON fees.as_of_day = summary_edge.as_of_day
  AND fees.participant_agreement_id = summary_edge.participant_agreement_id
  AND fees.settlement_currency = summary_edge.settlement_currency AND fees.batch_id = summary_edge.batch_id
WHERE summary_edge.edge = ? AND summary_edge.verdict = ? AND summary_edge.as_of_day <= ?
GROUP BY summary_edge.participant_agreement_id, summary_edge.settlement_currency, summary_edge.batch_id
