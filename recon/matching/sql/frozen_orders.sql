-- One row per order of ours.
-- Our payments of the day: those that were delivered, and those that are gone as they were last delivered.
-- last_seen_day: of one that is gone, the clearing day for which it was last delivered; null of all others.
-- Reads: delivered_orders, gone_orders
-- Columns:
--   delivered_orders.*  its columns, unchanged
--   last_seen_day       clearing day for which it was last delivered, if it is gone; else null
SELECT delivered.*, CAST(NULL AS DATE) AS last_seen_day
FROM delivered_orders AS delivered
UNION ALL
SELECT gone_order.*
FROM gone_orders AS gone_order
