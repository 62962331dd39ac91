-- The fee rows of all earlier days, in the columns of fee_lines.
SELECT
  f.file_id, f.line_number, f.clearing_day, f.settlement_currency, f.participant_agreement_id, f.request_id,
  f.provider_transaction_id, f.sign, f.fee_amount_minor,
  COALESCE(f.fee_currency, f.settlement_currency) AS fee_currency,
  COALESCE(k.fee_kind, NULLIF(UPPER(TRIM(f.fee_type)), ''), 'FEE') AS fee_kind
FROM fee_rows_before AS f
LEFT JOIN fee_kinds AS k ON k.fee_type = UPPER(TRIM(f.fee_type))
