-- One row per fee row of an earlier day that may belong to a transaction which the decision table looks at.
-- Read once, since there are many; which of them belong says fee_scope_lines.
-- Reads: fee_kinds, fee_rows_before, fee_transactions, fee_wanted, fee_wanted_requests
-- Columns:
--   fee_lines.*  the same columns
WITH ids AS (
  SELECT wanted.id FROM fee_wanted AS wanted WHERE wanted.is_before = 1
  UNION
  SELECT fee_transaction.provider_transaction_id AS id FROM fee_transactions AS fee_transaction
),
requests AS (
  SELECT wanted_request.id FROM fee_wanted_requests AS wanted_request
  UNION
  SELECT fee_transaction.request_id AS id FROM fee_transactions AS fee_transaction
),
named AS (
  SELECT fee_row.*
  FROM fee_rows_before AS fee_row
  WHERE fee_row.provider_transaction_id IN (SELECT ids.id FROM ids WHERE ids.id IS NOT NULL)
    OR fee_row.request_id IN (SELECT request.id FROM requests AS request WHERE request.id IS NOT NULL)
)
SELECT
  fee_row.file_id, fee_row.line_number, fee_row.clearing_day, fee_row.settlement_currency,
  fee_row.participant_agreement_id, fee_row.request_id,
  fee_row.provider_transaction_id, fee_row.sign, fee_row.fee_amount_minor,
  CASE WHEN fee_row.fee_amount_minor = 0 THEN fee_row.settlement_currency
    ELSE COALESCE(fee_row.fee_currency, fee_row.settlement_currency) END AS fee_currency,
  COALESCE(kind.fee_kind, NULLIF(UPPER(TRIM(fee_row.fee_type)), ''), 'FEE') AS fee_kind
FROM named AS fee_row
LEFT JOIN fee_kinds AS kind ON kind.fee_type = UPPER(TRIM(fee_row.fee_type))
