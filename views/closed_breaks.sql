-- One row per day and way of closing, of the last 30 days: how many breaks were closed.
SELECT as_of_day, resolved_by, COUNT(*) AS breaks
FROM breaks.movements
WHERE movement = 'RESOLVED' AND as_of_day <= ? AND as_of_day > ? - 30
GROUP BY as_of_day, resolved_by
ORDER BY as_of_day, resolved_by
