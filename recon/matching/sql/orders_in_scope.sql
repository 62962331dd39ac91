-- The orders that the decision tables look at.
-- is_due: it gets an outcome even without a row. What happened after the cut belongs to the next day, unless carried.
WITH carried AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL GROUP BY i.source_id, i.order_key
)
SELECT
  o.source_id, o.order_key, o.payment_request_id, o.merchant_id, o.psp_id, o.amount_minor, o.currency, o.pay_state,
  o.confirm_state, o.created_at, o.paid_at, o.provider_payment_id, o.settlement_amount_minor, o.settlement_currency,
  o.cancel_state, o.cancel_requested_at, o.cancel_code, o.voided_in_full, o.is_test, o.last_seen_day,
  COALESCE(o.paid_at, o.created_at) >= day.first_day_at
    AND (COALESCE(o.paid_at, o.created_at) < day.day_end_at OR k.order_key IS NOT NULL) AS is_due
FROM frozen_orders AS o
CROSS JOIN parameters AS day
LEFT JOIN carried AS k ON k.source_id = o.source_id AND k.order_key = o.order_key
WHERE o.payment_request_id IN (SELECT w.id FROM orders_wanted AS w)
