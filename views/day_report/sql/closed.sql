-- One row per break that was closed in a span of days: by whom, and after how many days.
SELECT movement.as_of_day, movement.resolved_by, CAST(movement.as_of_day - before.opened_day AS BIGINT) AS days
FROM breaks.movements AS movement
JOIN breaks.items AS before ON before.as_of_day = movement.as_of_day - 1 AND before.break_id = movement.break_id
WHERE movement.movement = 'RESOLVED' AND before.state <> 'WAITING' AND before.incident_id IS NULL
  AND movement.as_of_day BETWEEN ? AND ?
ORDER BY ALL
