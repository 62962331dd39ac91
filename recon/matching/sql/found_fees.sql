-- What the fee decision found: every outcome that is a break, with the contracted and the charged fee and their lines.
-- What is charged twice, once of it in a foreign currency, is that foreign fee.
-- A fee that comes back is negative, save where it is missing: there the amount that should have come.
SELECT
  'C' AS family, 'fee' AS key_kind,
  CAST(NULL AS VARCHAR) AS source_id, CAST(NULL AS VARCHAR) AS order_key, CAST(NULL AS VARCHAR) AS refund_key,
  o.transaction_id AS provider_transaction_id,
  CASE WHEN NOT o.is_refund THEN o.request_id END AS payment_request_id,
  CASE WHEN o.is_refund THEN o.request_id END AS refund_request_id,
  o.code, '' AS flags,
  o.newest_day AS noted_day, COALESCE(o.first_day, o.newest_day) AS ref_day,
  o.transaction_at AS created_at,
  CAST(CASE WHEN o.code = 'C03' AND o.has_currency_diff THEN NULL WHEN o.code = 'C06' THEN -o.due_minor WHEN o.is_known_kind THEN o.due_minor END AS BIGINT)
    AS order_amount_minor,
  CAST(CASE WHEN o.fee_count > 0 THEN o.charged_minor END AS BIGINT) AS report_amount_minor,
  CASE WHEN o.code = 'C03' AND o.has_currency_diff THEN NULL WHEN o.is_known_kind AND o.due_minor IS NOT NULL THEN o.settlement_currency END AS order_currency,
  CASE WHEN o.fee_count > 0 THEN o.charged_currency END AS report_currency,
  CAST(0 AS BIGINT) AS refunded_minor,
  CAST(CASE WHEN o.code <> 'C03' OR o.has_currency_diff THEN ABS(COALESCE(o.charged_minor, 0))
    WHEN o.is_computed AND o.is_known_kind THEN ABS(o.charged_minor - o.due_minor)
    ELSE ABS(o.surplus_minor) END AS BIGINT) AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, o.fee_kind AS partner_key,
  o.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM fee_outcomes AS o
WHERE o.code IN ({break_codes})
