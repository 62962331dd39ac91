-- One row per order.
-- The orders that the decision tables look at: named by what needs attention, partners of refunds, and orders of other
-- clearing days that were carried, changed since the last day on which they were seen, or are seen for the first time
-- although older.
-- is_due: it gets an outcome even without a row. What happened after the cut belongs to the next day, unless carried.
-- Reads: exception_candidate_ids, exception_candidate_transactions, frozen_orders, opening_items, parameters,
--   seen_orders, touched_refunds
-- Columns:
--   source_id                source of our order, as configured
--   order_key                Ogloba's reference number of the order
--   payment_request_id       the paymentRequestId that we sent
--   merchant_id              the merchant
--   psp_id                   wallet of the payer; empty: none named
--   amount_minor             amount, minor units
--   currency                 currency of the amount
--   pay_state                did Alipay+ take the money: INIT, SUCCESS, FAILED, CLOSED, UNMAPPED
--   confirm_state            did the merchant confirm the sale: NOT_CONFIRMED, CONFIRMED, CANCELLED, UNMAPPED
--   created_at               when the order was created
--   paid_at                  when Alipay+ says that it was paid
--   provider_payment_id      the paymentId of Alipay+
--   settlement_amount_minor  amount in the settlement currency, minor units
--   settlement_currency      currency in which Alipay+ pays
--   cancel_state             how the cancel request of our order ended
--   cancel_requested_at      when the cancel was sent
--   cancel_code              what Alipay+ answered to the cancel
--   voided_in_full           whether the whole order was voided; empty: not known to the source
--   is_test                  whether it is a test, not a real payment
--   last_seen_day            clearing day for which it was last delivered, if it is gone; else null
--   effective_at             when it was paid or refunded, else when it was created or requested; UTC
--   is_due                   gets an outcome even without a row
--   is_changed_after         changed after the clearing day: a refund of that time is not in view yet
WITH carried AS (
  SELECT opening.source_id, opening.order_key,
    MAX(CASE WHEN opening.family = 'P' AND opening.key_kind = 'order' THEN 1 ELSE 0 END) = 1 AS is_open
  FROM opening_items AS opening
  WHERE opening.order_key IS NOT NULL
  GROUP BY opening.source_id, opening.order_key
),
carried_requests AS (
  SELECT opening.request_id AS id
  FROM opening_items AS opening
  WHERE opening.family = 'P' AND opening.key_kind = 'order' AND opening.request_id IS NOT NULL
  GROUP BY opening.request_id
)
SELECT
  own_order.source_id, own_order.order_key, own_order.payment_request_id, own_order.merchant_id, own_order.psp_id,
  own_order.amount_minor, own_order.currency, own_order.pay_state,
  own_order.confirm_state, own_order.created_at, own_order.paid_at, own_order.provider_payment_id,
  own_order.settlement_amount_minor, own_order.settlement_currency,
  own_order.cancel_state, own_order.cancel_requested_at, own_order.cancel_code, own_order.voided_in_full,
  own_order.is_test, own_order.last_seen_day, own_order.effective_at,
  COALESCE(carried.is_open, FALSE) OR carried_request.id IS NOT NULL OR (own_order.effective_at >= day.first_day_at
    AND (own_order.effective_at < day.day_end_at OR carried.order_key IS NOT NULL)) AS is_due,
  COALESCE(own_order.updated_at >= day.day_end_at, FALSE) AS is_changed_after
FROM frozen_orders AS own_order
CROSS JOIN parameters AS day
LEFT JOIN exception_candidate_ids AS candidate_id ON candidate_id.id = own_order.payment_request_id
LEFT JOIN exception_candidate_transactions AS candidate_transaction
  ON candidate_transaction.id = own_order.provider_payment_id
LEFT JOIN touched_refunds AS touched ON touched.source_id = own_order.source_id
  AND touched.order_key = own_order.order_key
LEFT JOIN carried ON carried.source_id = own_order.source_id AND carried.order_key = own_order.order_key
LEFT JOIN carried_requests AS carried_request ON carried_request.id = own_order.payment_request_id
LEFT JOIN seen_orders AS seen ON seen.source_id = own_order.source_id
  AND seen.order_key = CASE WHEN own_order.effective_at < day.day_start_at THEN own_order.order_key END
WHERE candidate_id.id IS NOT NULL
  OR candidate_transaction.id IS NOT NULL
  OR touched.order_key IS NOT NULL
  OR carried.order_key IS NOT NULL
  OR (own_order.effective_at >= day.first_day_at
    AND own_order.effective_at < day.day_start_at
    AND (seen.order_key IS NULL
      OR own_order.updated_at >= CAST(seen.seen_day AS TIMESTAMP) + INTERVAL '16' HOUR))
