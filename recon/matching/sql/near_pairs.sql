-- One row per pair of orders.
-- Two orders of one till, same amount, minutes apart, where one number was used twice or one sale was not confirmed.
-- Reads: frozen_orders, parameters
-- Columns:
--   source_id           source of our order, as configured
--   earlier_key         order_key of the earlier order
--   later_key           order_key of the later order
--   earlier_request_id  payment_request_id of the earlier order
--   later_request_id    payment_request_id of the later order
--   is_unsure           one of the two orders is not confirmed
WITH repeated_numbers AS (
  SELECT own_order.merchant_txn_no
  FROM frozen_orders AS own_order
  WHERE own_order.merchant_txn_no IS NOT NULL
  GROUP BY own_order.merchant_txn_no
  HAVING COUNT(*) > 1
),
seeds AS (
  SELECT own_order.source_id, own_order.order_key, own_order.payment_request_id, own_order.merchant_id,
    own_order.terminal_id, own_order.merchant_txn_no,
    own_order.amount_minor, own_order.currency, own_order.created_at, own_order.confirm_state
  FROM frozen_orders AS own_order
  WHERE own_order.confirm_state <> 'CONFIRMED'
    OR own_order.merchant_txn_no IN (SELECT repeated_number.merchant_txn_no FROM repeated_numbers AS repeated_number)
),
pairs AS (
  SELECT
    seed.source_id,
    seed.confirm_state <> 'CONFIRMED' OR own_order.confirm_state <> 'CONFIRMED' AS is_unsure,
    seed.created_at < own_order.created_at OR (seed.created_at = own_order.created_at
      AND seed.order_key < own_order.order_key) AS is_first,
    seed.order_key AS one_key,
    own_order.order_key AS other_key,
    seed.payment_request_id AS one_request_id,
    own_order.payment_request_id AS other_request_id
  FROM seeds AS seed
  JOIN frozen_orders AS own_order
    ON own_order.merchant_id = seed.merchant_id AND own_order.terminal_id = seed.terminal_id
    AND own_order.amount_minor = seed.amount_minor AND own_order.currency = seed.currency
  CROSS JOIN parameters AS day
  WHERE own_order.source_id = seed.source_id
    AND own_order.order_key <> seed.order_key
    AND own_order.created_at > seed.created_at - day.duplicate_window
    AND own_order.created_at < seed.created_at + day.duplicate_window
    AND (seed.confirm_state <> 'CONFIRMED' OR own_order.confirm_state <> 'CONFIRMED'
      OR seed.merchant_txn_no = own_order.merchant_txn_no)
)
SELECT pair.source_id, pair.one_key AS earlier_key, pair.other_key AS later_key,
  pair.one_request_id AS earlier_request_id, pair.other_request_id AS later_request_id, pair.is_unsure
FROM pairs AS pair
WHERE pair.is_first
UNION
SELECT pair.source_id, pair.other_key AS earlier_key, pair.one_key AS later_key,
  pair.other_request_id AS earlier_request_id, pair.one_request_id AS later_request_id, pair.is_unsure
FROM pairs AS pair
WHERE NOT pair.is_first
