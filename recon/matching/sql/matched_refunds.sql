-- One row per refund that agrees on both sides.
-- The first pass over the refunds: those of an order that all agree on both sides, one by one and in sum, and its payment
-- too. As with `compared_payments`: no rule and no flag could apply to them, and a test proves that skipping them changes
-- no outcome.
-- Reads: compared_payments, frozen_refunds, other_rows, parameters, unsettled_ids
-- Columns:
--   source_id            source of our order, as configured
--   order_key            Ogloba's reference number of the order
--   refund_key           Ogloba's reference number of the void
--   request_id           the paymentRequestId or refundRequestId of the row
--   original_request_id  of a refund: the paymentRequestId of its payment
WITH refunds_of_order AS (
  SELECT own_refund.source_id, own_refund.order_key, COUNT(*) AS refund_count
  FROM frozen_refunds AS own_refund
  GROUP BY own_refund.source_id, own_refund.order_key
),
pairs AS (
  SELECT
    own_refund.source_id, own_refund.order_key, own_refund.refund_key, own_refund.requested_at,
    report_row.request_id, report_row.original_request_id, report_row.amount_minor, report_row.settlement_amount_minor,
    refunds_of_order.refund_count,
    payment.order_minor, payment.report_minor, payment.settlement_minor, payment.voided_in_full
  FROM other_rows AS report_row
  JOIN frozen_refunds AS own_refund ON own_refund.refund_request_id = report_row.request_id
  JOIN compared_payments AS payment ON payment.request_id = report_row.original_request_id
    AND payment.source_id = own_refund.source_id
    AND payment.order_key = own_refund.order_key
  JOIN refunds_of_order ON refunds_of_order.source_id = own_refund.source_id
    AND refunds_of_order.order_key = own_refund.order_key
  LEFT JOIN unsettled_ids AS unsettled_payment ON unsettled_payment.id = report_row.original_request_id
  LEFT JOIN unsettled_ids AS unsettled_refund ON unsettled_refund.id = report_row.request_id
  CROSS JOIN parameters AS day
  WHERE payment.is_settled
    AND unsettled_payment.id IS NULL
    AND unsettled_refund.id IS NULL
    AND report_row.row_role = 'REFUND'
    AND own_refund.provider_state = 'SUCCESS'
    AND own_refund.local_state = 'VOIDED'
    AND own_refund.amount_minor = report_row.amount_minor
    AND own_refund.currency = report_row.currency
    AND own_refund.requested_at >= day.day_start_at
    AND own_refund.refunded_at >= own_refund.requested_at
    AND own_refund.refunded_at >= payment.paid_at
    AND own_refund.refunded_at < day.day_end_at
    AND report_row.currency = payment.order_currency
    AND report_row.settlement_currency = payment.settlement_currency
    AND CASE WHEN report_row.settlement_amount_minor = report_row.amount_minor
      AND payment.settlement_minor = payment.report_minor THEN TRUE
      ELSE ABS(CAST(report_row.settlement_amount_minor AS DECIMAL(38, 0)) * payment.report_minor
          - CAST(report_row.amount_minor AS DECIMAL(38, 0)) * payment.settlement_minor)
        <= CAST(day.refund_fx_minor AS DECIMAL(38, 0)) * payment.report_minor
      END
),
settled_orders AS (
  SELECT pair.source_id, pair.order_key
  FROM pairs AS pair
  GROUP BY pair.source_id, pair.order_key
  HAVING COUNT(*) = MIN(pair.refund_count)
    AND SUM(pair.amount_minor) <= MIN(pair.order_minor)
    AND (SUM(pair.amount_minor) = MIN(pair.order_minor)
      OR MAX(CASE WHEN pair.voided_in_full THEN 1 ELSE 0 END) = 0)
    AND (SUM(pair.amount_minor) < MIN(pair.report_minor)
      OR 2 * ABS(SUM(pair.settlement_amount_minor) - MIN(pair.settlement_minor)) <= COUNT(*) + 1)
),
spaced AS (
  SELECT pair.source_id, pair.order_key, pair.requested_at,
    LAG(pair.requested_at) OVER (
      PARTITION BY pair.source_id, pair.order_key, pair.amount_minor
      ORDER BY pair.requested_at, pair.refund_key
    ) AS twin_at
  FROM pairs AS pair
  WHERE pair.refund_count > 1
),
repeated_orders AS (
  SELECT DISTINCT spaced.source_id, spaced.order_key
  FROM spaced
  CROSS JOIN parameters AS day
  WHERE spaced.requested_at < spaced.twin_at + day.duplicate_window
)
SELECT pair.source_id, pair.order_key, pair.refund_key, pair.request_id, pair.original_request_id
FROM pairs AS pair
JOIN settled_orders AS settled ON settled.source_id = pair.source_id AND settled.order_key = pair.order_key
LEFT JOIN repeated_orders AS repeated ON repeated.source_id = pair.source_id AND repeated.order_key = pair.order_key
WHERE repeated.order_key IS NULL
