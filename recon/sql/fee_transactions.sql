-- The transactions whose fees the decision table looks at, of this day and of earlier ones.
WITH named AS (
  SELECT r.* FROM rows_of_day AS r JOIN fee_wanted AS w ON w.id = r.provider_transaction_id
  UNION
  SELECT r.* FROM rows_of_day AS r JOIN fee_wanted_requests AS q ON q.id = r.request_id
  UNION
  SELECT r.* FROM rows_before AS r JOIN fee_wanted AS w ON w.id = r.provider_transaction_id AND w.is_before = 1
  UNION
  SELECT r.* FROM rows_before AS r JOIN fee_wanted_requests AS q ON q.id = r.request_id
)
SELECT
  COALESCE(n.provider_transaction_id, n.request_id) AS transaction_id,
  n.file_id, n.line_number, n.clearing_day, n.participant_agreement_id, n.settlement_currency, n.row_role,
  n.request_id, n.provider_transaction_id, n.original_request_id, n.original_provider_transaction_id,
  n.transaction_at, n.amount_minor, n.currency, n.settlement_amount_minor, n.psp_id, n.merchant_id,
  ROW_NUMBER() OVER (
    PARTITION BY n.row_role, n.transaction_type, n.batch_id, n.participant_agreement_id, n.settlement_currency,
      n.request_id, n.provider_transaction_id, n.transaction_at, n.amount_minor, n.currency,
      n.settlement_amount_minor, n.sign
    ORDER BY n.clearing_day, n.file_id, n.line_number
  ) AS copy_number
FROM named AS n
