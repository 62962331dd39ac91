-- One row per fee row of an earlier day.
-- The fee rows of all earlier days, in the columns of fee_lines.
-- Reads: fee_kinds, fee_rows_before
-- Columns:
--   fee_lines.*  the same columns
SELECT
  fee_row.file_id, fee_row.line_number, fee_row.clearing_day, fee_row.settlement_currency,
  fee_row.participant_agreement_id, fee_row.request_id,
  fee_row.provider_transaction_id, fee_row.sign, fee_row.fee_amount_minor,
  COALESCE(fee_row.fee_currency, fee_row.settlement_currency) AS fee_currency,
  COALESCE(kind.fee_kind, NULLIF(UPPER(TRIM(fee_row.fee_type)), ''), 'FEE') AS fee_kind
FROM fee_rows_before AS fee_row
LEFT JOIN fee_kinds AS kind ON kind.fee_type = UPPER(TRIM(fee_row.fee_type))
