-- What is gone from our side, one line per order or refund, with the day and the state in which it was last delivered.
SELECT
  o.source_id, o.order_key, CAST(NULL AS VARCHAR) AS refund_key, o.last_seen_day,
  o.pay_state || ' ' || o.confirm_state AS last_state, o.status_raw
FROM gone_orders AS o
UNION ALL
SELECT
  f.source_id, f.order_key, f.refund_key, f.last_seen_day,
  f.provider_state || ' ' || f.local_state AS last_state, f.status_raw
FROM gone_refunds AS f
