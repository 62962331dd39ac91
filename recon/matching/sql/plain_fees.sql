-- How many fee rows of the day the first pass dismissed, and how many contracted fees they are: counted by a join of its
-- own, so that the proof does not lean on the first pass.
SELECT
  COUNT(*) AS fee_count,
  COUNT(t.fee_kind) AS charge_count
FROM fee_lines AS f
JOIN rows_of_day AS r ON r.row_role = 'PAYMENT' AND r.provider_transaction_id = f.provider_transaction_id
LEFT JOIN fee_day_terms AS t
  ON t.fee_kind = f.fee_kind
  AND t.participant_agreement_id = r.participant_agreement_id
  AND t.settlement_currency = r.settlement_currency
  AND t.psp_id = COALESCE(r.psp_id, '')
  AND t.merchant_id = COALESCE(r.merchant_id, '')
LEFT JOIN fee_pairs AS p ON p.file_id = f.file_id AND p.line_number = f.line_number
WHERE p.file_id IS NULL
