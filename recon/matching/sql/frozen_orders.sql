-- One row per order of ours.
-- Our payments of the day: those that were delivered, and those that are gone as they were last delivered.
-- last_seen_day: of one that is gone, the clearing day for which it was last delivered; null of all others.
-- Reads: delivered_orders, gone_orders
-- Columns:
--   delivered_orders.*  its columns, unchanged
--   last_seen_day       clearing day for which it was last delivered, if it is gone; else null
--   effective_at        when it was paid or refunded, else when it was created or requested; UTC
SELECT delivered.*, CAST(NULL AS DATE) AS last_seen_day,
  COALESCE(delivered.paid_at, delivered.created_at) AS effective_at
FROM delivered_orders AS delivered
UNION ALL
SELECT gone_order.*, COALESCE(gone_order.paid_at, gone_order.created_at)
FROM gone_orders AS gone_order
