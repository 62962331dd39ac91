-- One row per transaction and kind of fee: none, where there are no fees.
-- Replaces `fee_outcomes` there. Planning the statements of fees takes a quarter of a small day.
-- Columns:
--   fee_outcomes.*  its columns, unchanged
SELECT
  CAST(NULL AS VARCHAR) AS transaction_id, CAST(NULL AS VARCHAR) AS fee_kind, CAST(NULL AS VARCHAR) AS request_id,
  CAST(NULL AS BOOLEAN) AS is_refund, CAST(NULL AS BOOLEAN) AS has_transaction,
  CAST(NULL AS BIGINT) AS transaction_count, CAST(NULL AS BIGINT) AS fee_count,
  CAST(NULL AS BOOLEAN) AS is_elsewhere, CAST(NULL AS HUGEINT) AS day_count, CAST(NULL AS HUGEINT) AS term_count,
  CAST(NULL AS HUGEINT) AS due_count, CAST(NULL AS BOOLEAN) AS has_rates, CAST(NULL AS BOOLEAN) AS is_known_kind,
  CAST(NULL AS BOOLEAN) AS is_computed, CAST(NULL AS BOOLEAN) AS has_currency_diff,
  CAST(NULL AS BOOLEAN) AS has_amount_diff, CAST(NULL AS INTEGER) AS rate_number,
  CAST(NULL AS VARCHAR) AS participant_agreement_id, CAST(NULL AS VARCHAR) AS psp_id,
  CAST(NULL AS BIGINT) AS settlement_amount_minor, CAST(NULL AS VARCHAR) AS settlement_currency,
  CAST(NULL AS VARCHAR) AS charged_currency, CAST(NULL AS HUGEINT) AS due_minor,
  CAST(NULL AS HUGEINT) AS charged_minor, CAST(NULL AS VARCHAR) AS charged_ids,
  CAST(NULL AS HUGEINT) AS surplus_minor, CAST(NULL AS DATE) AS first_day, CAST(NULL AS TIMESTAMP) AS transaction_at,
  CAST(NULL AS DATE) AS newest_day, CAST(NULL AS VARCHAR) AS lines, CAST(NULL AS VARCHAR) AS code
WHERE FALSE
