-- One line per transaction and kind of fee with every fact that the fee decision asks for.
-- Where a detail row was delivered twice, its fee may have come once or as often as the row.
WITH due AS (
  SELECT
    d.transaction_id, d.fee_kind, MIN(d.rate_number) AS rate_number,
    SUM(CASE WHEN d.copy_number = 1 THEN d.due_minor ELSE 0 END) AS due_minor,
    SUM(d.due_minor) AS delivered_minor,
    MIN(CASE WHEN d.is_exact THEN 1 ELSE 0 END) = 1 AS is_exact,
    SUM(CASE WHEN d.copy_number = 1 AND ABS(d.due_minor) > c.tolerance_minor THEN 1 ELSE 0 END) AS due_count,
    SUM(CASE WHEN d.row_role = 'PAYMENT' AND d.clearing_day = day.as_of_day THEN 1 ELSE 0 END) AS term_count
  FROM fee_due AS d
  CROSS JOIN fee_contract AS c
  CROSS JOIN parameters AS day
  GROUP BY d.transaction_id, d.fee_kind
),
keys AS (
  SELECT d.transaction_id, d.fee_kind FROM due AS d
  UNION
  SELECT f.transaction_id, f.fee_kind FROM fee_charged AS f
  UNION
  SELECT o.transaction_id, o.fee_kind FROM opening_fees AS o
),
known_kinds AS (
  SELECT t.fee_kind FROM fee_rates AS t GROUP BY t.fee_kind
)
SELECT
  k.transaction_id, k.fee_kind,
  COALESCE(m.request_id, f.request_id) AS request_id,
  COALESCE(m.row_role, '') = 'REFUND' AS is_refund,
  m.transaction_id IS NOT NULL AS has_transaction,
  COALESCE(m.transaction_count, 0) AS transaction_count,
  COALESCE(f.fee_count, 0) AS fee_count,
  COALESCE(f.is_elsewhere, FALSE) AS is_elsewhere,
  COALESCE(f.day_count, 0) AS day_count,
  COALESCE(d.term_count, 0) AS term_count,
  COALESCE(d.due_count, 0) AS due_count,
  c.has_rates, n.fee_kind IS NOT NULL AS is_known_kind,
  c.has_rates AND COALESCE(d.is_exact, m.is_base_known, FALSE) AS is_computed,
  COALESCE(f.first_currency <> COALESCE(m.settlement_currency, f.settlement_currency)
    OR f.last_currency <> COALESCE(m.settlement_currency, f.settlement_currency), FALSE) AS has_currency_diff,
  ABS(COALESCE(f.charged_minor, 0) - COALESCE(d.due_minor, 0)) > c.tolerance_minor
    AND ABS(COALESCE(f.charged_minor, 0) - COALESCE(d.delivered_minor, 0)) > c.tolerance_minor AS has_amount_diff,
  d.rate_number, m.participant_agreement_id, m.psp_id, m.settlement_amount_minor,
  COALESCE(m.settlement_currency, f.settlement_currency) AS settlement_currency,
  CASE WHEN f.last_currency <> COALESCE(m.settlement_currency, f.settlement_currency) THEN f.last_currency
    ELSE f.first_currency END AS charged_currency,
  CASE WHEN c.has_rates AND COALESCE(d.is_exact, m.is_base_known) THEN COALESCE(d.due_minor, 0) WHEN d.due_count > 0 THEN d.due_minor END
    AS due_minor,
  f.charged_minor, f.charged_ids,
  f.charged_minor - COALESCE(m.transaction_count, 0) * f.least_minor AS surplus_minor,
  m.first_day, m.transaction_at,
  CASE WHEN f.newest_day > m.first_day OR m.first_day IS NULL THEN f.newest_day ELSE m.first_day END AS newest_day,
  CASE WHEN f.lines IS NULL THEN m.lines WHEN m.lines IS NULL THEN f.lines ELSE m.lines || ' ' || f.lines END AS lines
FROM keys AS k
CROSS JOIN fee_contract AS c
LEFT JOIN fee_moved AS m ON m.transaction_id = k.transaction_id
LEFT JOIN due AS d ON d.transaction_id = k.transaction_id AND d.fee_kind = k.fee_kind
LEFT JOIN fee_charged AS f ON f.transaction_id = k.transaction_id AND f.fee_kind = k.fee_kind
LEFT JOIN known_kinds AS n ON n.fee_kind = k.fee_kind
