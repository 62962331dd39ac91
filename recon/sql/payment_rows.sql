-- What the reports say of each payment: one line per request id, exact repeats removed.
SELECT
  r.request_id, r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day AS row_day,
  r.clearing_day AS newest_day, CAST(1 AS BIGINT) AS report_count, FALSE AS is_same_transaction,
  r.amount_minor, r.currency, CAST(0 AS BIGINT) AS excess_minor, r.settlement_amount_minor, r.settlement_currency,
  r.participant_agreement_id, r.transaction_at
FROM rows_in_scope AS r
WHERE r.row_role = 'PAYMENT'
  AND NOT EXISTS (SELECT 1 FROM suspect_ids AS s WHERE s.id = COALESCE(r.request_id, r.provider_transaction_id))
UNION ALL
SELECT
  s.request_id, s.provider_transaction_id, s.file_id, s.line_number, s.row_day,
  s.newest_day, s.report_count, s.is_same_transaction,
  s.amount_minor, s.currency, s.excess_minor, s.settlement_amount_minor, s.settlement_currency,
  s.participant_agreement_id, s.transaction_at
FROM several_payments AS s
