-- One row per side and outcome.
-- Every input in exactly one outcome: per side and outcome the number of inputs. Amounts of many currencies have no
-- sum. Sides: `payments` (our orders of the day and those looked at again), `refunds` (ours), `rows` (report rows of
-- the day). `fees` (fee rows of the day), `charges` (payments of the day and each kind of fee that the contract has
-- for them).
-- Reads: fee_contract, fee_day_terms, fee_outcomes, fee_rows_of_day, input_payments, input_refunds, matched_fees,
--   matched_payment_pairs, matched_refund_pairs, orders_in_scope, payment_outcomes, refund_outcomes,
--   repeated_rows_of_day, rows_of_day, rows_with_parties, scope_refunds, unpaid_orders
-- Columns:
--   side          side, as above; `input` before it: what came in
--   outcome       outcome code; ALL for a count of inputs
--   row_count     number of inputs
--   amount_minor  always null
WITH matched AS (
  SELECT COUNT(*) AS row_count FROM matched_payment_pairs
),
matched_refunds_of_day AS (
  SELECT COUNT(*) AS row_count FROM matched_refund_pairs
)
SELECT 'payments' AS side, 'P00' AS outcome, matched.row_count, CAST(NULL AS BIGINT) AS amount_minor
FROM matched
UNION ALL
SELECT 'rows', 'P00', matched.row_count, NULL
FROM matched
UNION ALL
SELECT 'payments', 'OK_NO_MONEY', COUNT(*), NULL
FROM unpaid_orders AS unpaid
UNION ALL
SELECT 'refunds', 'R00', matched.row_count, NULL
FROM matched_refunds_of_day AS matched
UNION ALL
SELECT 'rows', 'R00', matched.row_count, NULL
FROM matched_refunds_of_day AS matched
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
SELECT 'fees', CASE WHEN contract.has_rates THEN 'C00' ELSE 'FEE_NOT_COMPUTED' END,
  matched_fee.fee_count - matched_fee.unknown_rate_count, NULL
FROM matched_fees AS matched_fee
CROSS JOIN fee_contract AS contract
UNION ALL
SELECT 'fees', 'FEE_RATE_UNKNOWN', matched_fee.unknown_rate_count, NULL
FROM matched_fees AS matched_fee
WHERE matched_fee.unknown_rate_count > 0
UNION ALL
SELECT 'fees', outcome.code, CAST(SUM(outcome.day_count) AS BIGINT), NULL
FROM fee_outcomes AS outcome
WHERE outcome.day_count > 0
GROUP BY outcome.code
UNION ALL
SELECT 'charges', 'C00', matched_fee.charge_count - matched_fee.unknown_rate_count, NULL
FROM matched_fees AS matched_fee
UNION ALL
SELECT 'charges', 'FEE_RATE_UNKNOWN', matched_fee.unknown_rate_count, NULL
FROM matched_fees AS matched_fee
WHERE matched_fee.unknown_rate_count > 0
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
FROM rows_with_parties AS report_row
JOIN fee_day_terms AS term
  ON term.participant_agreement_id = report_row.participant_agreement_id
  AND term.settlement_currency = report_row.settlement_currency
  AND term.psp_id = report_row.psp_id
  AND term.merchant_id = report_row.merchant_id
WHERE report_row.row_role = 'PAYMENT'
UNION ALL
SELECT 'input rows', 'ALL', COUNT(*), NULL
FROM rows_of_day AS report_row
UNION ALL
SELECT 'input payments', 'ALL', COUNT(*), NULL
FROM input_payments AS own_order
UNION ALL
SELECT 'input refunds', 'ALL', COUNT(*), NULL
FROM input_refunds AS own_refund
