-- One row per refund that agrees on both sides.
-- The first pass over the refunds: the one refund of an order that agrees on both sides, its payment too.
-- As with `compared_payments`: no rule and no flag could apply to it, and a test proves that skipping it changes no
-- outcome.
-- Reads: compared_payments, frozen_refunds, other_rows, parameters, unsettled_ids
-- Columns:
--   source_id            source of our order, as configured
--   order_key            Ogloba's reference number of the order
--   refund_key           Ogloba's reference number of the void
--   request_id           the paymentRequestId or refundRequestId of the row
--   original_request_id  of a refund: the paymentRequestId of its payment
WITH single_rows AS (
  SELECT report_row.original_request_id
  FROM other_rows AS report_row
  GROUP BY report_row.original_request_id
  HAVING COUNT(*) = 1
),
single_refunds AS (
  SELECT own_refund.source_id, own_refund.order_key
  FROM frozen_refunds AS own_refund
  GROUP BY own_refund.source_id, own_refund.order_key
  HAVING COUNT(*) = 1
),
pairs AS (
  SELECT own_refund.source_id, own_refund.order_key, own_refund.refund_key, report_row.request_id,
    report_row.original_request_id, report_row.amount_minor, report_row.currency,
    report_row.settlement_amount_minor, report_row.settlement_currency, own_refund.refunded_at
  FROM other_rows AS report_row
  JOIN single_rows AS single_row ON single_row.original_request_id = report_row.original_request_id
  JOIN frozen_refunds AS own_refund ON own_refund.refund_request_id = report_row.request_id
  JOIN single_refunds AS single_refund ON single_refund.source_id = own_refund.source_id
    AND single_refund.order_key = own_refund.order_key
  LEFT JOIN unsettled_ids AS unsettled_payment ON unsettled_payment.id = report_row.original_request_id
  LEFT JOIN unsettled_ids AS unsettled_refund ON unsettled_refund.id = report_row.request_id
  CROSS JOIN parameters AS day
  WHERE unsettled_payment.id IS NULL
    AND unsettled_refund.id IS NULL
    AND report_row.row_role = 'REFUND'
    AND own_refund.provider_state = 'SUCCESS'
    AND own_refund.local_state = 'VOIDED'
    AND own_refund.amount_minor = report_row.amount_minor
    AND own_refund.currency = report_row.currency
    AND own_refund.requested_at >= day.day_start_at
    AND own_refund.refunded_at >= own_refund.requested_at
    AND own_refund.refunded_at < day.day_end_at
)
SELECT pair.source_id, pair.order_key, pair.refund_key, pair.request_id, pair.original_request_id
FROM pairs AS pair
JOIN compared_payments AS payment ON payment.request_id = pair.original_request_id
CROSS JOIN parameters AS day
WHERE payment.is_settled
  AND payment.source_id = pair.source_id
  AND payment.order_key = pair.order_key
  AND pair.amount_minor <= payment.order_minor
  AND pair.currency = payment.order_currency
  AND (payment.voided_in_full IS NULL OR NOT payment.voided_in_full OR pair.amount_minor = payment.order_minor)
  AND pair.settlement_currency = payment.settlement_currency
  AND CASE WHEN pair.settlement_amount_minor = pair.amount_minor
    AND payment.settlement_minor = payment.report_minor THEN TRUE
    ELSE ABS(CAST(pair.settlement_amount_minor AS DECIMAL(38, 0)) * payment.report_minor
        - CAST(pair.amount_minor AS DECIMAL(38, 0)) * payment.settlement_minor)
        <= CAST(day.refund_fx_minor AS DECIMAL(38, 0)) * payment.report_minor
      AND (pair.amount_minor < payment.report_minor OR ABS(pair.settlement_amount_minor
        - payment.settlement_minor) <= 1)
    END
  AND pair.refunded_at >= payment.paid_at
