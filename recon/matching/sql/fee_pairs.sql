-- One row per fee row.
-- Each of these fee rows and the transaction that it belongs to: by Alipay+ id, else by request id, else to none; and
-- whether it is elsewhere, in a set that has no row of that transaction.
-- Reads: fee_scope_lines, fee_transactions
-- Columns:
--   fee_scope_lines.*  its columns, unchanged
--   transaction_id     the paymentId or refundId that the fee belongs to
--   is_elsewhere       a fee row is in a set that has no row of the transaction
WITH by_id AS (
  SELECT fee_transaction.provider_transaction_id AS id, MIN(fee_transaction.transaction_id) AS transaction_id
  FROM fee_transactions AS fee_transaction
  WHERE fee_transaction.provider_transaction_id IS NOT NULL
  GROUP BY fee_transaction.provider_transaction_id
),
by_request AS (
  SELECT fee_transaction.request_id AS id, MIN(fee_transaction.transaction_id) AS transaction_id
  FROM fee_transactions AS fee_transaction
  WHERE fee_transaction.request_id IS NOT NULL
  GROUP BY fee_transaction.request_id
),
sets AS (
  SELECT fee_transaction.transaction_id, fee_transaction.participant_agreement_id, fee_transaction.settlement_currency
  FROM fee_transactions AS fee_transaction
  GROUP BY fee_transaction.transaction_id, fee_transaction.participant_agreement_id,
    fee_transaction.settlement_currency
)
SELECT
  fee_scope_line.*,
  COALESCE(by_id.transaction_id, by_request.transaction_id, fee_scope_line.provider_transaction_id,
    fee_scope_line.request_id) AS transaction_id,
  COALESCE(by_id.transaction_id, by_request.transaction_id) IS NOT NULL AND set.transaction_id IS NULL AS is_elsewhere
FROM fee_scope_lines AS fee_scope_line
LEFT JOIN by_id ON by_id.id = fee_scope_line.provider_transaction_id
LEFT JOIN by_request ON by_request.id = fee_scope_line.request_id
LEFT JOIN sets AS set
  ON set.transaction_id = COALESCE(by_id.transaction_id, by_request.transaction_id)
  AND set.participant_agreement_id = fee_scope_line.participant_agreement_id
  AND set.settlement_currency = fee_scope_line.settlement_currency
