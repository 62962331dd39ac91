-- One row per day with movements: open breaks that came, and that were closed. Incidents count, their members do not.
SELECT
  movement.as_of_day,
  COUNT(*) FILTER (WHERE item.state IN ('OPEN', 'ASKED') AND item.incident_id IS NULL
    AND (movement.movement IN ('NEW', 'REOPENED') OR before.state = 'WAITING')) AS opened,
  COUNT(*) FILTER (WHERE before.state IN ('OPEN', 'ASKED') AND before.incident_id IS NULL
    AND movement.movement = 'RESOLVED') AS closed
FROM breaks.movements AS movement
LEFT JOIN breaks.items AS item ON item.as_of_day = movement.as_of_day AND item.break_id = movement.break_id
LEFT JOIN breaks.items AS before ON before.as_of_day = movement.as_of_day - 1 AND before.break_id = movement.break_id
WHERE movement.as_of_day BETWEEN ? AND ?
GROUP BY movement.as_of_day
ORDER BY movement.as_of_day
