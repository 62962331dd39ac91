-- One row per fee break.
-- What the fee decision found: every outcome that is a break, with the contracted and the charged fee and their lines.
-- What is charged twice, one of them in a foreign currency, is that foreign fee, and so is one where nothing is due.
-- A fee that comes back is negative, save where it is missing: there the amount that should have come, and what came.
-- Reads: fee_outcomes
-- Columns:
--   found_payments.*  the same columns
SELECT
  'C' AS family, 'fee' AS key_kind,
  CAST(NULL AS VARCHAR) AS source_id, CAST(NULL AS VARCHAR) AS order_key, CAST(NULL AS VARCHAR) AS refund_key,
  outcome.transaction_id AS provider_transaction_id,
  CASE WHEN NOT outcome.is_refund THEN outcome.request_id END AS payment_request_id,
  CASE WHEN outcome.is_refund THEN outcome.request_id END AS refund_request_id,
  outcome.code, '' AS flags,
  outcome.newest_day AS noted_day, COALESCE(outcome.first_day, outcome.newest_day) AS ref_day,
  outcome.transaction_at AS created_at,
  CAST(CASE WHEN outcome.is_foreign_alone THEN NULL
    WHEN outcome.code = 'C06' THEN -outcome.due_minor WHEN outcome.is_known_kind THEN outcome.due_minor END AS BIGINT)
    AS order_amount_minor,
  CAST(CASE WHEN outcome.fee_count > 0 AND outcome.code = 'C06' THEN -outcome.charged_minor
    WHEN outcome.fee_count > 0 THEN outcome.charged_minor END AS BIGINT) AS report_amount_minor,
  CASE WHEN outcome.is_foreign_alone THEN NULL WHEN outcome.is_known_kind
    AND outcome.due_minor IS NOT NULL THEN outcome.settlement_currency END AS order_currency,
  CASE WHEN outcome.fee_count > 0 THEN outcome.charged_currency END AS report_currency,
  CAST(0 AS BIGINT) AS refunded_minor,
  CAST(CASE WHEN outcome.code NOT IN ('C03', 'C04') OR outcome.has_currency_diff THEN ABS(COALESCE(outcome.charged_minor, 0))
    WHEN outcome.is_computed AND outcome.is_known_kind THEN ABS(outcome.charged_minor - outcome.due_minor)
    ELSE ABS(outcome.surplus_minor) END AS BIGINT) AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, outcome.fee_kind AS partner_key,
  outcome.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM (
  SELECT fee_outcome.*, fee_outcome.has_currency_diff
    AND (fee_outcome.code = 'C03' OR COALESCE(fee_outcome.due_minor, 0) = 0) AS is_foreign_alone
  FROM fee_outcomes AS fee_outcome
) AS outcome
WHERE outcome.code IN ({break_codes})
