-- What the refund decision found: every outcome that is a break, with both values and the place of its evidence.
-- What went out too often in another currency than our refund stands alone, in its own currency.
WITH told AS (
  SELECT
    t.*,
    t.known_code = 'R10' AND t.report_count > 1 AND t.excess_currency <> COALESCE(t.order_currency, t.report_currency)
      AS is_foreign_excess
  FROM refund_outcomes AS t
  WHERE t.code IN ({break_codes})
)
SELECT
  'R' AS family,
  CASE WHEN r.has_local THEN 'refund' ELSE 'provider' END AS key_kind,
  r.source_id, r.order_key, r.refund_key,
  COALESCE(r.provider_transaction_id, r.refund_request_id) AS provider_transaction_id,
  r.payment_request_id, r.refund_request_id,
  r.code,
  TRIM(r.flags || CASE WHEN r.known_code = 'R01' AND r.alert_sent_at IS NULL THEN ' NO_ALERT' ELSE '' END) AS flags,
  r.noted_day, r.ref_day,
  COALESCE(r.created_at, r.begun_at) AS created_at,
  CASE WHEN r.known_code = 'R13' THEN CAST(ROUND(CAST(r.report_minor AS DECIMAL(38, 4)) * r.payment_settlement_minor
    / NULLIF(r.captured_minor, 0)) AS BIGINT) WHEN r.is_foreign_excess THEN NULL ELSE r.order_minor END AS order_amount_minor,
  CASE WHEN r.known_code = 'R13' THEN r.report_settlement_minor WHEN r.is_foreign_excess THEN r.excess_minor
    ELSE r.report_minor END AS report_amount_minor,
  CASE WHEN r.known_code = 'R13' THEN r.settlement_currency WHEN r.is_foreign_excess THEN NULL
    ELSE r.order_currency END AS order_currency,
  CASE WHEN r.known_code = 'R13' THEN r.settlement_currency WHEN r.is_foreign_excess THEN r.excess_currency
    ELSE r.report_currency END AS report_currency,
  CAST(0 AS BIGINT) AS refunded_minor,
  CASE
    WHEN r.known_code = 'R07' THEN GREATEST(r.all_reported_minor, r.all_local_minor) - r.payment_minor
    WHEN r.known_code = 'R10' AND r.report_count < 2 THEN r.order_minor
    ELSE COALESCE(r.excess_minor, 0) END AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, CAST(NULL AS VARCHAR) AS partner_key,
  r.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM told AS r
