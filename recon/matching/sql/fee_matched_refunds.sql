-- One row per refund of the day whose fees the first pass settles: each kind of the contract that is returned came once,
-- with the contracted amount in the settlement currency, in the set of the refund, and nothing else came.
-- Only of a refund whose payment is of this day too, and settled: what is returned follows from that payment alone. Where
-- the rate is not known, the decision table looks at the refund.
-- Reads: fee_contract, fee_day_terms, fee_lines, other_rows, rows_with_parties, unsettled_ids
-- Columns:
--   id  refundId of Alipay+
WITH single_refunds AS (
  SELECT report_row.provider_transaction_id AS id
  FROM other_rows AS report_row
  WHERE report_row.provider_transaction_id IS NOT NULL
  GROUP BY report_row.provider_transaction_id
  HAVING COUNT(*) = 1
),
payments AS (
  SELECT report_row.provider_transaction_id AS id, MIN(report_row.request_id) AS request_id,
    MIN(report_row.participant_agreement_id) AS participant_agreement_id,
    MIN(report_row.settlement_currency) AS settlement_currency, MIN(report_row.psp_id) AS psp_id,
    MIN(report_row.merchant_id) AS merchant_id, MIN(report_row.amount_minor) AS amount_minor,
    MIN(report_row.currency) AS currency, MIN(report_row.settlement_amount_minor) AS paid_minor
  FROM rows_with_parties AS report_row
  WHERE report_row.row_role = 'PAYMENT'
    AND report_row.provider_transaction_id IN (SELECT refund.original_provider_transaction_id FROM other_rows AS refund)
  GROUP BY report_row.provider_transaction_id
  HAVING COUNT(*) = 1
),
refunds AS (
  SELECT
    report_row.provider_transaction_id AS id, report_row.settlement_amount_minor, report_row.settlement_currency,
    report_row.participant_agreement_id, payment.participant_agreement_id AS paid_agreement_id, payment.psp_id,
    payment.merchant_id, payment.paid_minor,
    payment.amount_minor = report_row.amount_minor AND payment.currency = report_row.currency AS is_whole
  FROM other_rows AS report_row
  JOIN single_refunds AS single_refund ON single_refund.id = report_row.provider_transaction_id
  JOIN payments AS payment ON payment.id = report_row.original_provider_transaction_id
    AND payment.settlement_currency = report_row.settlement_currency
  LEFT JOIN unsettled_ids AS unsettled ON unsettled.id = payment.request_id
  WHERE report_row.row_role = 'REFUND' AND payment.request_id IS NOT NULL AND unsettled.id IS NULL
),
charged AS (
  SELECT refund.id, refund.settlement_amount_minor, refund.paid_minor, refund.is_whole, term.fee_kind, term.millionths,
    term.rounding, term.step_minor, term.returned, term.is_rate_known, {fee_of_refunded} AS paid_fee
  FROM refunds AS refund
  JOIN fee_day_terms AS term
    ON term.participant_agreement_id = refund.paid_agreement_id
    AND term.settlement_currency = refund.settlement_currency
    AND term.psp_id = refund.psp_id
    AND term.merchant_id = refund.merchant_id
),
due AS (
  SELECT charged.id, charged.fee_kind, CASE WHEN charged.is_rate_known THEN {due_of_matched_refund} END AS due_minor
  FROM charged
),
lines AS (
  SELECT refund.id, fee_line.fee_kind, COUNT(*) AS line_count, MIN(fee_line.sign * fee_line.fee_amount_minor) AS fee_minor,
    MIN(CASE WHEN fee_line.fee_currency = refund.settlement_currency
      AND fee_line.settlement_currency = refund.settlement_currency
      AND fee_line.participant_agreement_id = refund.participant_agreement_id THEN 1 ELSE 0 END) AS is_in_set
  FROM fee_lines AS fee_line
  JOIN refunds AS refund ON refund.id = fee_line.provider_transaction_id
  GROUP BY refund.id, fee_line.fee_kind
),
differing AS (
  SELECT COALESCE(due.id, line.id) AS id
  FROM due
  FULL OUTER JOIN lines AS line ON line.id = due.id AND line.fee_kind = due.fee_kind
  CROSS JOIN fee_contract AS contract
  WHERE NOT COALESCE(CASE
    WHEN line.id IS NULL THEN ABS(due.due_minor) <= contract.tolerance_minor
    WHEN line.line_count > 1 OR line.is_in_set = 0 THEN FALSE
    WHEN due.id IS NULL THEN NOT contract.has_rates
    ELSE ABS(line.fee_minor - due.due_minor) <= contract.tolerance_minor
    END, FALSE)
)
SELECT refund.id
FROM refunds AS refund
LEFT JOIN differing ON differing.id = refund.id
WHERE differing.id IS NULL
