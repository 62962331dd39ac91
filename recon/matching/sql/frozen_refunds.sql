-- One row per refund of ours.
-- Our refunds of the day: those that were delivered, and those that are gone as they were last delivered.
-- last_seen_day: of one that is gone, the clearing day for which it was last delivered; null of all others.
-- Reads: delivered_refunds, gone_refunds
-- Columns:
--   delivered_refunds.*  its columns, unchanged
--   last_seen_day        clearing day for which it was last delivered, if it is gone; else null
SELECT delivered.*, CAST(NULL AS DATE) AS last_seen_day
FROM delivered_refunds AS delivered
UNION ALL
SELECT gone_refund.*
FROM gone_refunds AS gone_refund
