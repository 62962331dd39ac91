-- One row per request id.
-- The request ids of the orders that the decision tables look at: named by what needs attention, partners of refunds,
-- and orders of other clearing days that were carried, changed since the day began, or are seen for the first time
-- although older. A table of its own, so that the wide rows are read once and by a known number of ids.
-- Reads: exception_candidate_ids, exception_candidate_transactions, frozen_orders, opening_items, parameters,
--   seen_orders, touched_refunds
-- Columns:
--   id  paymentRequestId
WITH keys AS (
  SELECT opening.source_id, opening.order_key FROM opening_items AS opening WHERE opening.order_key IS NOT NULL
  UNION
  SELECT touched.source_id, touched.order_key FROM touched_refunds AS touched
)
SELECT candidate_id.id FROM exception_candidate_ids AS candidate_id WHERE candidate_id.id IS NOT NULL
UNION
SELECT own_order.payment_request_id AS id
FROM frozen_orders AS own_order
CROSS JOIN parameters AS day
LEFT JOIN keys AS key ON key.source_id = own_order.source_id AND key.order_key = own_order.order_key
LEFT JOIN exception_candidate_transactions AS candidate_transaction
  ON candidate_transaction.id = own_order.provider_payment_id
LEFT JOIN seen_orders AS seen ON seen.source_id = own_order.source_id
  AND seen.order_key = CASE WHEN own_order.effective_at < day.day_start_at THEN own_order.order_key END
WHERE key.order_key IS NOT NULL
  OR candidate_transaction.id IS NOT NULL
  OR (own_order.effective_at >= day.first_day_at
    AND own_order.effective_at < day.day_start_at
    AND (own_order.updated_at >= day.day_start_at OR seen.order_key IS NULL))
