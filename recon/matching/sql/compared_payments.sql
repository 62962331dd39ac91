-- One row per payment of the day that the first pass does not settle, and per settled one with a refund row of the day.
-- Not settled: missing on one side, or differing. A pair is settled if no rule and no flag could apply to it, and so is
-- an order that ended without money and has no row; the decision tables see all the others. That skipping the settled
-- ones changes no outcome is proved by a test that runs the day without this pass.
-- Reads: expected_agreements, frozen_orders, other_rows, parameters, rows_of_day
-- Columns:
--   is_settled               agrees on both sides, or no money on either
--   payment_request_id       of our order; null: only the report has it
--   source_id                source of our order, as configured
--   order_key                Ogloba's reference number of the order
--   order_minor              our amount, minor units
--   order_currency           currency of our amount
--   voided_in_full           whether the whole order was voided; empty: not known to the source
--   paid_at                  when Alipay+ says that it was paid
--   request_id               of the row; null: only our side has it
--   provider_transaction_id  of the row
--   report_minor             amount of the row, minor units
--   settlement_minor         settlement amount of the row, minor units
--   settlement_currency      currency in which Alipay+ pays
WITH refunded AS (
  SELECT report_row.original_request_id AS id
  FROM other_rows AS report_row
  WHERE report_row.original_request_id IS NOT NULL
  GROUP BY report_row.original_request_id
),
compared AS (
  SELECT
    own_order.payment_request_id, own_order.source_id, own_order.order_key, own_order.amount_minor AS order_minor,
    own_order.currency AS order_currency, own_order.voided_in_full, own_order.paid_at,
    report_row.request_id, report_row.provider_transaction_id, report_row.amount_minor AS report_minor,
    report_row.settlement_amount_minor AS settlement_minor, report_row.settlement_currency,
    COALESCE(
      own_order.is_sold
      AND report_row.amount_minor = own_order.amount_minor
      AND report_row.currency = own_order.currency
      AND report_row.provider_transaction_id = COALESCE(own_order.provider_payment_id,
        report_row.provider_transaction_id)
      AND report_row.settlement_amount_minor = COALESCE(own_order.settlement_amount_minor,
        report_row.settlement_amount_minor)
      AND report_row.settlement_currency = COALESCE(own_order.settlement_currency, report_row.settlement_currency)
      AND report_row.participant_agreement_id = COALESCE(expected.participant_agreement_id,
        report_row.participant_agreement_id),
      FALSE)
      OR COALESCE(own_order.is_unpaid AND report_row.request_id IS NULL, FALSE) AS is_settled
  FROM (
    SELECT
      own_order.payment_request_id, own_order.source_id, own_order.order_key, own_order.merchant_id, own_order.psp_id,
      own_order.amount_minor, own_order.currency, own_order.provider_payment_id, own_order.voided_in_full,
      own_order.settlement_amount_minor, own_order.settlement_currency, own_order.paid_at,
      own_order.pay_state = 'SUCCESS'
        AND own_order.confirm_state = 'CONFIRMED'
        AND own_order.cancel_state = 'NONE'
        AND own_order.is_test <> day.is_production
        AND own_order.paid_at IS NOT NULL AS is_sold,
      own_order.pay_state IN ('FAILED', 'CLOSED')
        AND own_order.confirm_state IN ('NOT_CONFIRMED', 'CANCELLED')
        AND own_order.cancel_state <> 'UNMAPPED'
        AND NOT own_order.is_test AS is_unpaid
    FROM frozen_orders AS own_order
    CROSS JOIN parameters AS day
    WHERE own_order.effective_at >= day.day_start_at
      AND own_order.effective_at < day.day_end_at
  ) AS own_order
  FULL OUTER JOIN (SELECT report_row.* FROM rows_of_day AS report_row WHERE report_row.row_role = 'PAYMENT') AS report_row
    ON report_row.request_id = own_order.payment_request_id
  LEFT JOIN expected_agreements AS expected
    ON expected.merchant_id = own_order.merchant_id AND expected.psp_id = COALESCE(own_order.psp_id, '')
      AND expected.settlement_currency = report_row.settlement_currency
)
SELECT
  compared.is_settled, compared.payment_request_id, compared.source_id, compared.order_key, compared.order_minor,
  compared.order_currency, compared.voided_in_full, compared.paid_at, compared.request_id,
  compared.provider_transaction_id, compared.report_minor, compared.settlement_minor, compared.settlement_currency
FROM compared
LEFT JOIN refunded ON refunded.id = compared.request_id
WHERE NOT compared.is_settled OR refunded.id IS NOT NULL
