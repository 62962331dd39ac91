-- Alipay+ ids whose fees the decision table looks at on this day: what is not plain, all that is no payment, and what was
-- open before. is_before: earlier days may hold more of it.
SELECT w.id, MAX(w.is_before) AS is_before
FROM (
  SELECT n.id, CASE WHEN n.is_alone THEN 1 ELSE 0 END AS is_before FROM fee_not_plain AS n
  UNION ALL
  SELECT x.id, 0 FROM fee_repeated_ids AS x
  UNION ALL
  SELECT r.provider_transaction_id, 0 FROM other_rows AS r
  UNION ALL
  SELECT o.transaction_id, 1 FROM opening_fees AS o
  UNION ALL
  SELECT o.id, 1 FROM opening_fee_ids AS o
) AS w
WHERE w.id IS NOT NULL
GROUP BY w.id
