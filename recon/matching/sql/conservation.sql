-- Every input in exactly one outcome: per side and outcome the number of inputs. Amounts of many currencies have no sum.
-- Sides: `payments` (our orders of the day and those looked at again), `refunds` (ours), `rows` (report rows of the day).
-- `fees` (fee rows of the day), `charges` (payments of the day and each kind of fee that the contract has for them).
-- The plain pairs are counted here by a join of their own, so that the proof does not lean on the first pass.
WITH plain AS (
  SELECT o.order_key
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  JOIN rows_of_day AS r ON r.row_role = 'PAYMENT' AND r.request_id = o.payment_request_id
  LEFT JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  WHERE COALESCE(o.paid_at, o.created_at) >= day.day_start_at
    AND COALESCE(o.paid_at, o.created_at) < day.day_end_at
    AND s.order_key IS NULL
),
plain_refund_pairs AS (
  SELECT f.refund_key
  FROM frozen_refunds AS f
  CROSS JOIN parameters AS day
  JOIN other_rows AS r ON r.request_id = f.refund_request_id
  LEFT JOIN scope_refunds AS s ON s.source_id = f.source_id AND s.refund_key = f.refund_key
  WHERE COALESCE(f.refunded_at, f.requested_at) >= day.day_start_at
    AND COALESCE(f.refunded_at, f.requested_at) < day.day_end_at
    AND s.refund_key IS NULL
)
SELECT 'payments' AS side, 'P00' AS outcome, COUNT(*) AS row_count, CAST(NULL AS BIGINT) AS amount_minor
FROM plain AS p
UNION ALL
SELECT 'rows', 'P00', COUNT(*), NULL
FROM plain AS p
UNION ALL
SELECT 'refunds', 'R00', COUNT(*), NULL
FROM plain_refund_pairs AS p
UNION ALL
SELECT 'rows', 'R00', COUNT(*), NULL
FROM plain_refund_pairs AS p
UNION ALL
SELECT 'payments', o.code, COUNT(*), NULL
FROM payment_outcomes AS o
JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
GROUP BY o.code
UNION ALL
SELECT 'refunds', o.code, COUNT(*), NULL
FROM refund_outcomes AS o
JOIN scope_refunds AS s ON s.source_id = o.source_id AND s.refund_key = o.refund_key
GROUP BY o.code
UNION ALL
SELECT 'rows', o.code, CAST(SUM(o.day_count) AS BIGINT), NULL
FROM payment_outcomes AS o
WHERE o.day_count > 0
GROUP BY o.code
UNION ALL
SELECT 'rows', o.code, CAST(SUM(o.day_count) AS BIGINT), NULL
FROM refund_outcomes AS o
WHERE o.day_count > 0
GROUP BY o.code
UNION ALL
SELECT 'rows', 'REPEAT', COUNT(*), NULL
FROM repeated_rows_of_day AS x
UNION ALL
SELECT 'fees', CASE WHEN c.has_rates THEN 'C00' ELSE 'FEE_NOT_COMPUTED' END, p.fee_count, NULL
FROM plain_fees AS p
CROSS JOIN fee_contract AS c
UNION ALL
SELECT 'fees', o.code, CAST(SUM(o.day_count) AS BIGINT), NULL
FROM fee_outcomes AS o
WHERE o.day_count > 0
GROUP BY o.code
UNION ALL
SELECT 'charges', 'C00', p.charge_count, NULL
FROM plain_fees AS p
UNION ALL
SELECT 'charges', o.code, CAST(SUM(o.term_count) AS BIGINT), NULL
FROM fee_outcomes AS o
WHERE o.term_count > 0
GROUP BY o.code
UNION ALL
SELECT 'input fees', 'ALL', COUNT(*), NULL
FROM fee_rows_of_day AS f
UNION ALL
SELECT 'input charges', 'ALL', COUNT(*), NULL
FROM rows_of_day AS r
JOIN fee_day_terms AS t
  ON t.participant_agreement_id = r.participant_agreement_id
  AND t.settlement_currency = r.settlement_currency
  AND t.psp_id = COALESCE(r.psp_id, '')
  AND t.merchant_id = COALESCE(r.merchant_id, '')
WHERE r.row_role = 'PAYMENT'
UNION ALL
SELECT 'input rows', 'ALL', COUNT(*), NULL
FROM rows_of_day AS r
UNION ALL
SELECT 'input payments', 'ALL', COUNT(*), NULL
FROM (
  SELECT o.order_key
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  LEFT JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  LEFT JOIN payment_rows AS p ON p.request_id = o.payment_request_id
  LEFT JOIN adopted_rows AS a ON a.payment_request_id = o.payment_request_id
  WHERE (COALESCE(o.paid_at, o.created_at) >= day.day_start_at AND COALESCE(o.paid_at, o.created_at) < day.day_end_at)
    OR s.is_due
    OR (s.order_key IS NOT NULL AND (p.request_id IS NOT NULL OR a.payment_request_id IS NOT NULL))
) AS every
UNION ALL
SELECT 'input refunds', 'ALL', COUNT(*), NULL
FROM (
  SELECT f.refund_key
  FROM frozen_refunds AS f
  CROSS JOIN parameters AS day
  LEFT JOIN scope_refunds AS s ON s.source_id = f.source_id AND s.refund_key = f.refund_key
  LEFT JOIN refund_groups AS g ON g.refund_source_id = f.source_id AND g.refund_key = f.refund_key
  WHERE (COALESCE(f.refunded_at, f.requested_at) >= day.day_start_at
      AND COALESCE(f.refunded_at, f.requested_at) < day.day_end_at)
    OR (s.refund_key IS NOT NULL
      AND (g.group_id IS NOT NULL OR (s.is_due AND COALESCE(f.refunded_at, f.requested_at) >= day.first_day_at)))
) AS every
