-- Our refunds of the day: those that were delivered, and those that are gone as they were last delivered.
-- last_seen_day: of one that is gone, the clearing day for which it was last delivered; null of all others.
SELECT d.*, CAST(NULL AS DATE) AS last_seen_day
FROM delivered_refunds AS d
UNION ALL
SELECT g.*
FROM gone_refunds AS g
