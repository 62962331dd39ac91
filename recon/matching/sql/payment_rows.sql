-- What the reports say of each payment: one line per request id, exact repeats removed.
SELECT
  r.request_id, r.provider_transaction_id, r.file_id, r.line_number, r.clearing_day AS row_day,
  r.clearing_day AS newest_day, CAST(1 AS BIGINT) AS report_count,
  CASE WHEN r.clearing_day = day.as_of_day THEN 1 ELSE 0 END AS day_count, FALSE AS is_same_transaction,
  r.amount_minor, r.currency, CAST(0 AS BIGINT) AS excess_minor, r.currency AS excess_currency, TRUE AS is_one_currency,
  r.settlement_amount_minor, r.settlement_currency,
  r.participant_agreement_id, r.transaction_at,
  r.file_id || ':' || CAST(r.line_number AS VARCHAR) AS lines
FROM rows_in_scope AS r
CROSS JOIN parameters AS day
LEFT JOIN repeated_ids AS s ON s.id = COALESCE(r.request_id, r.provider_transaction_id)
WHERE r.row_role = 'PAYMENT' AND s.id IS NULL
UNION ALL
SELECT
  s.request_id, s.provider_transaction_id, s.file_id, s.line_number, s.row_day,
  s.newest_day, s.report_count, s.day_count, s.is_same_transaction,
  s.amount_minor, s.currency, s.excess_minor, s.excess_currency, s.is_one_currency,
  s.settlement_amount_minor, s.settlement_currency,
  s.participant_agreement_id, s.transaction_at, s.lines
FROM several_payments AS s
