-- One row per refund break.
-- What the refund decision found: every outcome that is a break, with both values and the place of its evidence.
-- The excess in another currency than our refund is shown alone, in its own currency.
-- Reads: refund_outcomes
-- Columns:
--   found_payments.*  the same columns
WITH breaks AS (
  SELECT
    outcome.*,
    outcome.known_code = 'R10' AND outcome.report_count > 1
      AND outcome.excess_currency <> COALESCE(outcome.order_currency, outcome.report_currency)
      AS is_foreign_excess
  FROM refund_outcomes AS outcome
  WHERE outcome.code IN ({break_codes})
)
SELECT
  'R' AS family,
  CASE WHEN breaks.has_local THEN 'refund' ELSE 'provider' END AS key_kind,
  breaks.source_id, breaks.order_key, breaks.refund_key,
  COALESCE(breaks.provider_transaction_id, breaks.refund_request_id) AS provider_transaction_id,
  breaks.payment_request_id, breaks.refund_request_id,
  breaks.code,
  TRIM(breaks.flags || CASE WHEN breaks.known_code = 'R01' AND breaks.alert_sent_at IS NULL THEN ' NO_ALERT'
    ELSE '' END) AS flags,
  breaks.noted_day, breaks.ref_day,
  COALESCE(breaks.created_at, breaks.begun_at) AS created_at,
  CASE WHEN breaks.known_code = 'R13'  -- at the rate of the payment, rounded half up in integers: exact on each engine
    THEN CAST((2 * CAST(breaks.report_minor AS HUGEINT) * breaks.payment_settlement_minor + breaks.captured_minor)
      // (2 * NULLIF(breaks.captured_minor, 0)) AS BIGINT)
    WHEN breaks.is_foreign_excess THEN NULL
    ELSE breaks.order_minor END AS order_amount_minor,
  CASE WHEN breaks.known_code = 'R13' THEN breaks.report_settlement_minor
    WHEN breaks.is_foreign_excess THEN breaks.excess_minor
    ELSE breaks.report_minor END AS report_amount_minor,
  CASE WHEN breaks.known_code = 'R13' THEN breaks.settlement_currency WHEN breaks.is_foreign_excess THEN NULL
    ELSE breaks.order_currency END AS order_currency,
  CASE WHEN breaks.known_code = 'R13' THEN breaks.settlement_currency
    WHEN breaks.is_foreign_excess THEN breaks.excess_currency
    ELSE breaks.report_currency END AS report_currency,
  CAST(0 AS BIGINT) AS refunded_minor,
  CASE
    WHEN breaks.known_code = 'R07' THEN GREATEST(breaks.all_reported_minor,
      breaks.all_local_minor) - breaks.payment_minor
    WHEN breaks.known_code = 'R10' AND breaks.report_count < 2 THEN breaks.order_minor
    ELSE COALESCE(breaks.excess_minor, 0) END AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, breaks.other_key AS partner_key,
  breaks.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM breaks
