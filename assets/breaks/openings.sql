-- One row per break that was opened before a day: the day on which it was first, and how often.
SELECT break_id, MIN(as_of_day) AS first_opened_day, CAST(COUNT(*) AS INTEGER) AS openings
FROM breaks.movements
WHERE as_of_day < ? AND movement IN ('NEW', 'REOPENED')
GROUP BY break_id
