-- Two orders of one till, same amount, minutes apart, where one number was used twice or one sale was not confirmed.
WITH repeated_numbers AS (
  SELECT o.merchant_txn_no, o.amount_minor
  FROM frozen_orders AS o
  WHERE o.merchant_txn_no IS NOT NULL
  GROUP BY o.merchant_txn_no, o.amount_minor
  HAVING COUNT(*) > 1
),
seeds AS (
  SELECT o.source_id, o.order_key, o.payment_request_id, o.merchant_id, o.terminal_id, o.merchant_txn_no,
    o.amount_minor, o.currency, o.created_at, o.confirm_state
  FROM frozen_orders AS o
  LEFT JOIN repeated_numbers AS n ON n.merchant_txn_no = o.merchant_txn_no AND n.amount_minor = o.amount_minor
  WHERE o.confirm_state <> 'CONFIRMED' OR n.merchant_txn_no IS NOT NULL
),
pairs AS (
  SELECT
    s.source_id,
    s.confirm_state <> 'CONFIRMED' OR o.confirm_state <> 'CONFIRMED' AS is_unsure,
    s.created_at < o.created_at OR (s.created_at = o.created_at AND s.order_key < o.order_key) AS is_first,
    s.order_key AS one_key,
    o.order_key AS other_key,
    s.payment_request_id AS one_request_id,
    o.payment_request_id AS other_request_id
  FROM seeds AS s
  JOIN frozen_orders AS o
    ON o.merchant_id = s.merchant_id AND o.terminal_id = s.terminal_id
    AND o.amount_minor = s.amount_minor AND o.currency = s.currency
  CROSS JOIN parameters AS day
  WHERE o.source_id = s.source_id
    AND o.order_key <> s.order_key
    AND o.created_at > s.created_at - day.duplicate_window
    AND o.created_at < s.created_at + day.duplicate_window
    AND (s.confirm_state <> 'CONFIRMED' OR o.confirm_state <> 'CONFIRMED' OR s.merchant_txn_no = o.merchant_txn_no)
)
SELECT p.source_id, p.one_key AS earlier_key, p.other_key AS later_key,
  p.one_request_id AS earlier_request_id, p.other_request_id AS later_request_id, p.is_unsure
FROM pairs AS p
WHERE p.is_first
UNION
SELECT p.source_id, p.other_key AS earlier_key, p.one_key AS later_key,
  p.other_request_id AS earlier_request_id, p.one_request_id AS later_request_id, p.is_unsure
FROM pairs AS p
WHERE NOT p.is_first
