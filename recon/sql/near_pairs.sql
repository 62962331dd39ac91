-- Two orders of one till, same amount, minutes apart, where one number was used twice or one sale was not confirmed.
WITH repeated_numbers AS (
  SELECT o.merchant_id, o.terminal_id, o.merchant_txn_no
  FROM frozen_orders AS o
  WHERE o.merchant_txn_no IS NOT NULL
  GROUP BY o.merchant_id, o.terminal_id, o.merchant_txn_no
  HAVING COUNT(*) > 1
),
seeds AS (
  SELECT o.*
  FROM frozen_orders AS o
  WHERE o.confirm_state <> 'CONFIRMED'
  UNION ALL
  SELECT o.*
  FROM frozen_orders AS o
  JOIN repeated_numbers AS n
    ON n.merchant_id = o.merchant_id AND n.terminal_id = o.terminal_id AND n.merchant_txn_no = o.merchant_txn_no
  WHERE o.confirm_state = 'CONFIRMED'
),
pairs AS (
  SELECT
    s.source_id,
    CASE WHEN s.created_at < o.created_at OR (s.created_at = o.created_at AND s.order_key < o.order_key)
      THEN s.order_key ELSE o.order_key END AS earlier_key,
    CASE WHEN s.created_at < o.created_at OR (s.created_at = o.created_at AND s.order_key < o.order_key)
      THEN o.order_key ELSE s.order_key END AS later_key,
    CASE WHEN s.created_at < o.created_at OR (s.created_at = o.created_at AND s.order_key < o.order_key)
      THEN s.payment_request_id ELSE o.payment_request_id END AS earlier_request_id,
    CASE WHEN s.created_at < o.created_at OR (s.created_at = o.created_at AND s.order_key < o.order_key)
      THEN o.payment_request_id ELSE s.payment_request_id END AS later_request_id
  FROM seeds AS s
  JOIN frozen_orders AS o
    ON o.source_id = s.source_id AND o.merchant_id = s.merchant_id AND o.terminal_id = s.terminal_id
    AND o.amount_minor = s.amount_minor AND o.currency = s.currency AND o.order_key <> s.order_key
  CROSS JOIN parameters AS day
  WHERE o.created_at > s.created_at - day.duplicate_window
    AND o.created_at < s.created_at + day.duplicate_window
    AND (s.confirm_state <> 'CONFIRMED' OR o.confirm_state <> 'CONFIRMED' OR s.merchant_txn_no = o.merchant_txn_no)
)
SELECT p.source_id, p.earlier_key, p.later_key, p.earlier_request_id, p.later_request_id
FROM pairs AS p
GROUP BY p.source_id, p.earlier_key, p.later_key, p.earlier_request_id, p.later_request_id
