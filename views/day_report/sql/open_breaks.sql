-- One row per day: how many breaks are open, the age of the oldest and the median age, in days.
SELECT
  as_of_day,
  COUNT(*) AS breaks,
  CAST(MAX(age_days) AS BIGINT) AS oldest,
  CAST(QUANTILE_DISC(age_days, 0.5) AS BIGINT) AS median
FROM breaks.items
WHERE as_of_day BETWEEN ? AND ? AND incident_id IS NULL AND state IN ('OPEN', 'ASKED')
GROUP BY as_of_day
ORDER BY as_of_day
