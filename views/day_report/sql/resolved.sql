-- One row per break of the day before that was resolved, outside of incidents, with the report lines behind it.
-- Bound: the day before, the day seven times
WITH gone AS (
  SELECT before.*, movement.outcome, movement.resolved_by
  FROM breaks.movements AS movement
  JOIN breaks.items AS before ON before.as_of_day = ? AND before.break_id = movement.break_id
  WHERE movement.as_of_day = ? AND movement.movement = 'RESOLVED' AND before.incident_id IS NULL
),
places AS (
  SELECT gone.break_id, payment.lines
  FROM gone
  JOIN reconciled.payments AS payment ON gone.family = 'P' AND payment.as_of_day = ?
    AND ((payment.source_id = gone.source_id AND payment.order_key = gone.order_key)
      OR payment.payment_request_id = gone.payment_request_id)
  UNION
  SELECT gone.break_id, refund.lines
  FROM gone
  JOIN reconciled.refunds AS refund ON gone.family = 'R' AND refund.as_of_day = ?
    AND ((refund.source_id = gone.source_id AND (refund.refund_key = gone.refund_key
        OR (gone.refund_key IS NULL AND refund.order_key = gone.order_key)))
      OR refund.provider_transaction_id = gone.provider_transaction_id)
  UNION
  SELECT gone.break_id, refund.lines
  FROM gone
  JOIN reconciled.refunds AS refund ON gone.family = 'P' AND refund.as_of_day = ?
    AND refund.source_id = gone.source_id AND refund.order_key IN (gone.order_key, gone.partner_key)
  UNION
  SELECT gone.break_id, fee.lines
  FROM gone
  JOIN reconciled.fees AS fee ON gone.family = 'C' AND fee.as_of_day = ? AND fee.fee_kind = gone.partner_key
    AND (fee.transaction_id = gone.provider_transaction_id
      OR fee.request_id = COALESCE(gone.payment_request_id, gone.refund_request_id))
  UNION
  SELECT gone.break_id, batch.lines
  FROM gone
  JOIN tied_out.batches AS batch ON gone.family = 'B' AND batch.as_of_day = ?
    AND batch.participant_agreement_id || ':' ||
    batch.settlement_currency || ':' || batch.clearing_batch_id = gone.provider_transaction_id
  UNION
  SELECT gone.break_id, settlement.lines
  FROM gone
  JOIN tied_out.settlements AS settlement ON gone.family = 'B' AND settlement.as_of_day = ?
    AND settlement.participant_agreement_id || ':' ||
    settlement.settlement_currency || ':' || settlement.settlement_batch_id = gone.provider_transaction_id
)
SELECT gone.*, listed.lines
FROM gone
LEFT JOIN (SELECT break_id, STRING_AGG(lines, ' ' ORDER BY lines) AS lines FROM places GROUP BY break_id) AS listed
  ON listed.break_id = gone.break_id
ORDER BY gone.severity, gone.amount_at_risk_minor DESC, gone.break_id
