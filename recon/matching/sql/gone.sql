-- One row per order or refund that is gone.
-- What is gone from our side, one line per order or refund, with the day and the state in which it was last delivered.
-- Reads: gone_orders, gone_refunds
-- Columns:
--   source_id      source of our order, as configured
--   order_key      Ogloba's reference number of the order
--   refund_key     null: an order
--   last_seen_day  clearing day for which it was last delivered, if it is gone; else null
--   last_state     both states as last delivered
--   status_raw     the source's own words for the state
SELECT
  gone_order.source_id, gone_order.order_key, CAST(NULL AS VARCHAR) AS refund_key, gone_order.last_seen_day,
  gone_order.pay_state || ' ' || gone_order.confirm_state AS last_state, gone_order.status_raw
FROM gone_orders AS gone_order
UNION ALL
SELECT
  gone_refund.source_id, gone_refund.order_key, gone_refund.refund_key, gone_refund.last_seen_day,
  gone_refund.provider_state || ' ' || gone_refund.local_state AS last_state, gone_refund.status_raw
FROM gone_refunds AS gone_refund
