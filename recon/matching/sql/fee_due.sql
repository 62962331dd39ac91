-- What the contract says of each of these transactions and each kind of fee: due to Alipay+, or (negative) due to us.
WITH charged AS (
  SELECT b.*, t.fee_kind, t.rate_number, t.millionths, t.rounding, t.step_minor, t.returned, {fee_of_base} AS paid_fee
  FROM fee_bases AS b
  JOIN fee_scope_terms AS t
    ON t.clearing_day = b.clearing_day
    AND t.participant_agreement_id = b.participant_agreement_id
    AND t.settlement_currency = b.settlement_currency
    AND t.psp_id = b.psp_id
    AND t.merchant_id = b.merchant_id
)
SELECT
  t.transaction_id, t.file_id, t.line_number, t.clearing_day, t.row_role, t.copy_number, t.settlement_amount_minor,
  c.fee_kind, c.rate_number, c.is_base_known OR c.returned = 'none' AS is_exact,
  CASE
    WHEN t.row_role = 'PAYMENT' THEN c.paid_fee
    WHEN c.returned = 'none' OR c.paid_minor = 0 THEN 0
    WHEN c.returned = 'full' THEN CASE WHEN c.is_whole THEN -c.paid_fee ELSE 0 END
    WHEN c.returned = 'own_rate' THEN -LEAST({own_rate_fee}, c.paid_fee)
    ELSE -({returned_fee})
  END AS due_minor
FROM fee_transactions AS t
JOIN charged AS c ON c.file_id = t.file_id AND c.line_number = t.line_number
