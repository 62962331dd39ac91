-- One row per input that was lost or counted twice.
-- Inputs of the day with more or fewer outcomes than they came in: the keys behind a side of `conservation`.
-- outcome_places: side and place of each row that an outcome names.
-- Reads: fee_day_terms, fee_lines, fee_outcomes, fee_pairs, fee_rows_of_day, input_payments, input_refunds,
--   matched_payment_pairs, matched_refund_pairs, orders_in_scope, outcome_places, payment_outcomes, refund_outcomes,
--   repeated_rows_of_day, rows_of_day, rows_with_parties, scope_refunds, unpaid_orders
-- Columns:
--   side           side of `conservation`
--   file_id        report that brought it; null: our side
--   line_number    line of that file, from 1
--   id             key that people know it by
--   amount_minor   amount, minor units
--   currency       currency of the amount
--   came_count     times it came in
--   outcome_count  outcomes that it has
--   row_count      how many the side lost; only the first are listed
WITH report_rows AS (
  SELECT report_row.*, {place(report_row)} AS place,
    COALESCE(report_row.provider_transaction_id, report_row.request_id) AS id
  FROM rows_of_day AS report_row
),
charges AS (
  SELECT report_row.*, term.fee_kind
  FROM report_rows AS report_row
  JOIN rows_with_parties AS party_row
    ON party_row.file_id = report_row.file_id AND party_row.line_number = report_row.line_number
  JOIN fee_day_terms AS term
    ON term.participant_agreement_id = report_row.participant_agreement_id
    AND term.settlement_currency = report_row.settlement_currency
    AND term.psp_id = party_row.psp_id
    AND term.merchant_id = party_row.merchant_id
  WHERE report_row.row_role = 'PAYMENT'
),
matched_fee_rows AS (
  SELECT {place(fee_line)} AS place, charge.id, charge.fee_kind
  FROM fee_lines AS fee_line
  JOIN rows_of_day AS report_row ON report_row.provider_transaction_id = fee_line.provider_transaction_id
  LEFT JOIN charges AS charge ON charge.file_id = report_row.file_id AND charge.line_number = report_row.line_number
    AND charge.fee_kind = fee_line.fee_kind
  LEFT JOIN fee_pairs AS fee_pair ON fee_pair.file_id = fee_line.file_id AND fee_pair.line_number = fee_line.line_number
  WHERE fee_pair.file_id IS NULL
),
inputs AS (
  SELECT 'payments' AS side, own_order.source_id || '/' || own_order.order_key AS input_key, own_order.order_key AS id,
    CAST(NULL AS VARCHAR) AS file_id, CAST(NULL AS BIGINT) AS line_number, own_order.amount_minor, own_order.currency
  FROM input_payments AS own_order
  UNION ALL
  SELECT 'refunds', own_refund.source_id || '/' || own_refund.refund_key, own_refund.refund_key, NULL, NULL,
    own_refund.amount_minor, own_refund.currency
  FROM input_refunds AS own_refund
  UNION ALL
  SELECT 'rows', report_row.place, report_row.id, report_row.file_id, report_row.line_number, report_row.amount_minor,
    report_row.currency FROM report_rows AS report_row
  UNION ALL
  SELECT 'fees', {place(fee_row)},
    COALESCE(fee_row.provider_transaction_id, fee_row.request_id),
    fee_row.file_id, fee_row.line_number, fee_row.fee_amount_minor,
    COALESCE(fee_row.fee_currency, fee_row.settlement_currency)
  FROM fee_rows_of_day AS fee_row
  UNION ALL
  SELECT 'charges', charge.id || ' ' || charge.fee_kind, charge.id, charge.file_id, charge.line_number, NULL,
    NULL FROM charges AS charge
),
outcomes AS (
  SELECT 'payments' AS side, matched.source_id || '/' || matched.order_key AS input_key, 1 AS outcome_count
  FROM matched_payment_pairs AS matched
  UNION ALL
  SELECT 'payments', unpaid.source_id || '/' || unpaid.order_key, 1 FROM unpaid_orders AS unpaid
  UNION ALL
  SELECT 'payments', in_scope.source_id || '/' || in_scope.order_key, 1
  FROM payment_outcomes AS outcome
  JOIN orders_in_scope AS in_scope ON in_scope.source_id = outcome.source_id AND in_scope.order_key = outcome.order_key
  UNION ALL
  SELECT 'refunds', matched_refund_pair.source_id || '/' || matched_refund_pair.refund_key,
    1 FROM matched_refund_pairs AS matched_refund_pair
  UNION ALL
  SELECT 'refunds', in_scope.source_id || '/' || in_scope.refund_key, 1
  FROM refund_outcomes AS outcome
  JOIN scope_refunds AS in_scope ON in_scope.source_id = outcome.source_id AND in_scope.refund_key = outcome.refund_key
  UNION ALL
  SELECT 'rows', {place(matched)}, 1 FROM matched_payment_pairs AS matched
  UNION ALL
  SELECT 'rows', {place(matched_refund_pair)}, 1
  FROM matched_refund_pairs AS matched_refund_pair
  UNION ALL
  SELECT 'rows', {place(copy)}, 1 FROM repeated_rows_of_day AS copy
  UNION ALL
  SELECT 'fees', matched_fee_row.place, 1 FROM matched_fee_rows AS matched_fee_row
  UNION ALL
  SELECT outcome_place.side, outcome_place.place, 1 FROM outcome_places AS outcome_place
  UNION ALL
  SELECT 'charges', matched_fee_row.id || ' ' || matched_fee_row.fee_kind,
    1 FROM matched_fee_rows AS matched_fee_row WHERE matched_fee_row.fee_kind IS NOT NULL
  UNION ALL
  SELECT 'charges', outcome.transaction_id || ' ' || outcome.fee_kind,
    outcome.term_count FROM fee_outcomes AS outcome WHERE outcome.term_count > 0
),
counted AS (
  SELECT input.side, input.input_key, MIN(input.id) AS id, MIN(input.file_id) AS file_id,
    MIN(input.line_number) AS line_number,
    MIN(input.amount_minor) AS amount_minor, MIN(input.currency) AS currency, COUNT(*) AS came_count
  FROM inputs AS input
  GROUP BY input.side, input.input_key
),
decided AS (
  SELECT outcome.side, outcome.input_key,
    SUM(outcome.outcome_count) AS outcome_count FROM outcomes AS outcome GROUP BY outcome.side, outcome.input_key
),
lost AS (
  SELECT counted.*, COALESCE(decided.outcome_count, 0) AS outcome_count,
    COUNT(*) OVER (PARTITION BY counted.side) AS row_count,
    ROW_NUMBER() OVER (PARTITION BY counted.side ORDER BY counted.file_id, counted.line_number, counted.input_key)
      AS place
  FROM counted
  LEFT JOIN decided ON decided.side = counted.side AND decided.input_key = counted.input_key
  WHERE COALESCE(decided.outcome_count, 0) <> counted.came_count
)
SELECT lost.side, lost.file_id, lost.line_number, lost.id, lost.amount_minor, lost.currency, lost.came_count,
  CAST(lost.outcome_count AS BIGINT) AS outcome_count, lost.row_count
FROM lost
WHERE lost.place <= {listed_rows}
