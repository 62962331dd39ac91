-- One row per day that was run: how it ended, why, and when it proved itself last.
SELECT days.as_of_day, days.status, days.reason, MAX(revision.recorded_at) AS last_run_at
FROM breaks.days AS days
LEFT JOIN breaks.revisions AS revision ON revision.as_of_day = days.as_of_day
GROUP BY days.as_of_day, days.status, days.reason
ORDER BY days.as_of_day
