-- One row per side and outcome.
-- Every input in exactly one outcome: per side and outcome the number of inputs. Amounts of many currencies have no
-- sum. Sides: `payments` (our orders of the day and those looked at again), `refunds` (ours), `rows` (report rows of
-- the day). `fees` (fee rows of the day), `charges` (payments of the day and each kind of fee that the contract has
-- for them). The matched pairs are counted here by a join of their own, so that the proof does not lean on the first
-- pass.
-- Reads: adopted_rows, fee_contract, fee_day_terms, fee_outcomes, fee_rows_of_day, frozen_orders, frozen_refunds,
--   matched_fees, orders_in_scope, other_rows, parameters, payment_outcomes, payment_rows, refund_groups,
--   refund_outcomes, repeated_rows_of_day, rows_of_day, scope_refunds
-- Columns:
--   side          side, as above; `input` before it: what came in
--   outcome       outcome code; ALL for a count of inputs
--   row_count     number of inputs
--   amount_minor  always null
WITH matched AS (
  SELECT own_order.order_key
  FROM frozen_orders AS own_order
  CROSS JOIN parameters AS day
  JOIN rows_of_day AS report_row ON report_row.row_role = 'PAYMENT'
    AND report_row.request_id = own_order.payment_request_id
  LEFT JOIN orders_in_scope AS in_scope ON in_scope.source_id = own_order.source_id
    AND in_scope.order_key = own_order.order_key
  WHERE own_order.effective_at >= day.day_start_at
    AND own_order.effective_at < day.day_end_at
    AND in_scope.order_key IS NULL
),
matched_refund_pairs AS (
  SELECT own_refund.refund_key
  FROM frozen_refunds AS own_refund
  CROSS JOIN parameters AS day
  JOIN other_rows AS report_row ON report_row.request_id = own_refund.refund_request_id
  LEFT JOIN scope_refunds AS in_scope ON in_scope.source_id = own_refund.source_id
    AND in_scope.refund_key = own_refund.refund_key
  WHERE own_refund.effective_at >= day.day_start_at
    AND own_refund.effective_at < day.day_end_at
    AND in_scope.refund_key IS NULL
)
SELECT 'payments' AS side, 'P00' AS outcome, COUNT(*) AS row_count, CAST(NULL AS BIGINT) AS amount_minor
FROM matched
UNION ALL
SELECT 'rows', 'P00', COUNT(*), NULL
FROM matched
UNION ALL
SELECT 'refunds', 'R00', COUNT(*), NULL
FROM matched_refund_pairs AS matched_refund_pair
UNION ALL
SELECT 'rows', 'R00', COUNT(*), NULL
FROM matched_refund_pairs AS matched_refund_pair
UNION ALL
SELECT 'payments', outcome.code, COUNT(*), NULL
FROM payment_outcomes AS outcome
JOIN orders_in_scope AS in_scope ON in_scope.source_id = outcome.source_id AND in_scope.order_key = outcome.order_key
GROUP BY outcome.code
UNION ALL
SELECT 'refunds', outcome.code, COUNT(*), NULL
FROM refund_outcomes AS outcome
JOIN scope_refunds AS in_scope ON in_scope.source_id = outcome.source_id AND in_scope.refund_key = outcome.refund_key
GROUP BY outcome.code
UNION ALL
SELECT 'rows', outcome.code, CAST(SUM(outcome.day_count) AS BIGINT), NULL
FROM payment_outcomes AS outcome
WHERE outcome.day_count > 0
GROUP BY outcome.code
UNION ALL
SELECT 'rows', outcome.code, CAST(SUM(outcome.day_count) AS BIGINT), NULL
FROM refund_outcomes AS outcome
WHERE outcome.day_count > 0
GROUP BY outcome.code
UNION ALL
SELECT 'rows', 'REPEAT', COUNT(*), NULL
FROM repeated_rows_of_day AS copy
UNION ALL
SELECT 'fees', CASE WHEN contract.has_rates THEN 'C00' ELSE 'FEE_NOT_COMPUTED' END, matched_fee.fee_count, NULL
FROM matched_fees AS matched_fee
CROSS JOIN fee_contract AS contract
UNION ALL
SELECT 'fees', outcome.code, CAST(SUM(outcome.day_count) AS BIGINT), NULL
FROM fee_outcomes AS outcome
WHERE outcome.day_count > 0
GROUP BY outcome.code
UNION ALL
SELECT 'charges', 'C00', matched_fee.charge_count, NULL
FROM matched_fees AS matched_fee
UNION ALL
SELECT 'charges', outcome.code, CAST(SUM(outcome.term_count) AS BIGINT), NULL
FROM fee_outcomes AS outcome
WHERE outcome.term_count > 0
GROUP BY outcome.code
UNION ALL
SELECT 'input fees', 'ALL', COUNT(*), NULL
FROM fee_rows_of_day AS fee_row
UNION ALL
SELECT 'input charges', 'ALL', COUNT(*), NULL
FROM rows_of_day AS report_row
JOIN fee_day_terms AS term
  ON term.participant_agreement_id = report_row.participant_agreement_id
  AND term.settlement_currency = report_row.settlement_currency
  AND term.psp_id = COALESCE(report_row.psp_id, '')
  AND term.merchant_id = COALESCE(report_row.merchant_id, '')
WHERE report_row.row_role = 'PAYMENT'
UNION ALL
SELECT 'input rows', 'ALL', COUNT(*), NULL
FROM rows_of_day AS report_row
UNION ALL
SELECT 'input payments', 'ALL', COUNT(*), NULL
FROM (
  SELECT own_order.order_key
  FROM frozen_orders AS own_order
  CROSS JOIN parameters AS day
  WHERE own_order.effective_at >= day.day_start_at
    AND own_order.effective_at < day.day_end_at
  UNION ALL
  SELECT in_scope.order_key
  FROM orders_in_scope AS in_scope
  CROSS JOIN parameters AS day
  LEFT JOIN payment_rows AS reported ON reported.request_id = in_scope.payment_request_id
  LEFT JOIN adopted_rows AS adopted ON adopted.payment_request_id = in_scope.payment_request_id
  WHERE NOT (in_scope.effective_at >= day.day_start_at AND in_scope.effective_at < day.day_end_at)
    AND (in_scope.is_due OR reported.request_id IS NOT NULL OR adopted.payment_request_id IS NOT NULL)
) AS every
UNION ALL
SELECT 'input refunds', 'ALL', COUNT(*), NULL
FROM (
  SELECT own_refund.refund_key
  FROM frozen_refunds AS own_refund
  CROSS JOIN parameters AS day
  LEFT JOIN scope_refunds AS in_scope ON in_scope.source_id = own_refund.source_id
    AND in_scope.refund_key = own_refund.refund_key
  LEFT JOIN refund_groups AS refund_group ON refund_group.refund_source_id = own_refund.source_id
    AND refund_group.refund_key = own_refund.refund_key
  WHERE (own_refund.effective_at >= day.day_start_at
      AND own_refund.effective_at < day.day_end_at)
    OR (in_scope.refund_key IS NOT NULL
      AND (refund_group.group_id IS NOT NULL OR (in_scope.is_due
        AND own_refund.effective_at >= day.first_day_at)))
) AS every
