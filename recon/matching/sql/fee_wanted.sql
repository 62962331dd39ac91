-- One row per Alipay+ id.
-- Alipay+ ids whose fees the decision table looks at on this day: what the first passes do not settle, what was open
-- before, and earlier refunds whose payment comes only now. is_before: earlier days may hold more of it.
-- Reads: fee_early_refunds, fee_matched_refunds, fee_unmatched_or_differing, opening_fee_ids, opening_fees, other_rows
-- Columns:
--   id         Alipay+ id
--   is_before  1: earlier days may hold more of it; else 0
SELECT named.id, MAX(named.is_before) AS is_before
FROM (
  SELECT candidate.id,
    CASE WHEN candidate.is_alone THEN 1 ELSE 0 END AS is_before FROM fee_unmatched_or_differing AS candidate
  UNION ALL
  SELECT report_row.provider_transaction_id, 0
  FROM other_rows AS report_row
  LEFT JOIN fee_matched_refunds AS matched_refund ON matched_refund.id = report_row.provider_transaction_id
  WHERE matched_refund.id IS NULL
  UNION ALL
  SELECT opening.transaction_id, 1 FROM opening_fees AS opening
  UNION ALL
  SELECT opening.id, 1 FROM opening_fee_ids AS opening
  UNION ALL
  SELECT refund.id, 1 FROM fee_early_refunds AS refund
) AS named
WHERE named.id IS NOT NULL
GROUP BY named.id
