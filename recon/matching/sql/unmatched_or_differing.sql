-- One row per payment of the day that the first pass does not settle: missing on one side, or differing.
-- A pair is settled if no rule and no flag could apply to it; the decision tables see all the others. That skipping the
-- settled pairs changes no outcome is proved by a test that runs the day without this pass.
-- Reads: expected_agreements, frozen_orders, parameters, rows_of_day
-- Columns:
--   payment_request_id       of our order; null: only the report has it
--   request_id               of the row; null: only our side has it
--   provider_transaction_id  of the row
SELECT
  own_order.payment_request_id,
  report_row.request_id,
  report_row.provider_transaction_id
FROM (
  SELECT
    own_order.payment_request_id, own_order.merchant_id, own_order.psp_id, own_order.amount_minor, own_order.currency,
    own_order.provider_payment_id,
    own_order.settlement_amount_minor, own_order.settlement_currency,
    own_order.pay_state = 'SUCCESS'
      AND own_order.confirm_state = 'CONFIRMED'
      AND own_order.cancel_state = 'NONE'
      AND own_order.is_test <> day.is_production
      AND own_order.paid_at IS NOT NULL AS is_sold
  FROM frozen_orders AS own_order
  CROSS JOIN parameters AS day
  WHERE own_order.effective_at >= day.day_start_at
    AND own_order.effective_at < day.day_end_at
) AS own_order
FULL OUTER JOIN (SELECT report_row.* FROM rows_of_day AS report_row WHERE report_row.row_role = 'PAYMENT') AS report_row
  ON report_row.request_id = own_order.payment_request_id
LEFT JOIN expected_agreements AS expected
  ON expected.merchant_id = own_order.merchant_id AND expected.psp_id = own_order.psp_id
    AND expected.settlement_currency = report_row.settlement_currency
WHERE NOT COALESCE(
  own_order.is_sold
  AND report_row.amount_minor = own_order.amount_minor
  AND report_row.currency = own_order.currency
  AND report_row.provider_transaction_id = COALESCE(own_order.provider_payment_id, report_row.provider_transaction_id)
  AND report_row.settlement_amount_minor = COALESCE(own_order.settlement_amount_minor,
    report_row.settlement_amount_minor)
  AND report_row.settlement_currency = COALESCE(own_order.settlement_currency, report_row.settlement_currency)
  AND report_row.participant_agreement_id = COALESCE(expected.participant_agreement_id,
    report_row.participant_agreement_id),
  FALSE)
