-- One row per refund of ours.
-- Our refunds of the day: those that were delivered, and those that are gone as they were last delivered.
-- last_seen_day: of one that is gone, the clearing day for which it was last delivered; null of all others.
-- Reads: delivered_refunds, gone_refunds
-- Columns:
--   delivered_refunds.*  its columns, unchanged
--   last_seen_day        clearing day for which it was last delivered, if it is gone; else null
--   effective_at         when it was paid or refunded, else when it was created or requested; UTC
SELECT delivered.*, CAST(NULL AS DATE) AS last_seen_day,
  COALESCE(delivered.refunded_at, delivered.requested_at) AS effective_at
FROM delivered_refunds AS delivered
UNION ALL
SELECT gone_refund.*, COALESCE(gone_refund.refunded_at, gone_refund.requested_at)
FROM gone_refunds AS gone_refund
