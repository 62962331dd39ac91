-- One row per payment of the reports.
-- What the reports say of each payment: one line per request id, exact repeats removed.
-- Reads: parameters, repeated_ids, rows_in_scope, several_payments
-- Columns:
--   several_payments.*  the same columns
SELECT
  report_row.request_id, report_row.provider_transaction_id, report_row.file_id, report_row.line_number,
  report_row.clearing_day AS row_day,
  report_row.clearing_day AS newest_day, CAST(1 AS BIGINT) AS report_count,
  CASE WHEN report_row.clearing_day = day.as_of_day THEN 1 ELSE 0 END AS day_count, FALSE AS is_same_transaction,
  report_row.amount_minor, report_row.currency, report_row.amount_minor AS captured_minor,
  CAST(0 AS BIGINT) AS excess_minor,
  report_row.currency AS excess_currency, TRUE AS is_one_currency,
  report_row.settlement_amount_minor, report_row.settlement_currency,
  report_row.participant_agreement_id, report_row.transaction_at,
  {place(report_row)} AS lines
FROM rows_in_scope AS report_row
CROSS JOIN parameters AS day
LEFT JOIN repeated_ids AS repeated ON repeated.id = COALESCE(report_row.request_id, report_row.provider_transaction_id)
WHERE report_row.row_role = 'PAYMENT' AND repeated.id IS NULL
UNION ALL
SELECT
  several.request_id, several.provider_transaction_id, several.file_id, several.line_number, several.row_day,
  several.newest_day, several.report_count, several.day_count, several.is_same_transaction,
  several.amount_minor, several.currency, several.captured_minor, several.excess_minor, several.excess_currency,
  several.is_one_currency,
  several.settlement_amount_minor, several.settlement_currency,
  several.participant_agreement_id, several.transaction_at, several.lines
FROM several_payments AS several
