-- One row per day: always one.
-- How many fee rows of the day the first passes dismissed, and how many contracted fees of payments they are: counted by
-- a join of its own, so that the proof does not lean on the first passes.
-- Reads: fee_day_terms, fee_lines, fee_pairs, rows_with_parties
-- Columns:
--   fee_count           fee rows that the first passes dismissed
--   charge_count        contracted fees of payments among them
--   unknown_rate_count  contracted fees of payments among them whose rate is not known
SELECT
  COUNT(*) AS fee_count,
  COUNT(term.fee_kind) AS charge_count,
  COUNT(CASE WHEN NOT term.is_rate_known THEN term.fee_kind END) AS unknown_rate_count
FROM fee_lines AS fee_line
JOIN rows_with_parties AS report_row ON report_row.provider_transaction_id = fee_line.provider_transaction_id
LEFT JOIN fee_day_terms AS term
  ON term.fee_kind = CASE WHEN report_row.row_role = 'PAYMENT' THEN fee_line.fee_kind END
  AND term.participant_agreement_id = report_row.participant_agreement_id
  AND term.settlement_currency = report_row.settlement_currency
  AND term.psp_id = report_row.psp_id
  AND term.merchant_id = report_row.merchant_id
LEFT JOIN fee_pairs AS fee_pair ON fee_pair.file_id = fee_line.file_id AND fee_pair.line_number = fee_line.line_number
WHERE fee_pair.file_id IS NULL
