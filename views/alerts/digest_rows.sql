-- One row per break of the list of a day that is in no incident: what a digest says of it, and what was decided.
-- Bound: the day.
SELECT
  item.*,
  movement.movement, standing.owner, standing.snoozed_until, standing.waits_for_approval,
  standing.currency AS decided_currency, standing.amount_minor AS decided_minor
FROM breaks.items AS item
LEFT JOIN breaks.movements AS movement
  ON movement.as_of_day = item.as_of_day AND movement.break_id = item.break_id
LEFT JOIN breaks.decisions AS standing
  ON standing.as_of_day = item.as_of_day AND standing.break_id = item.break_id
WHERE item.as_of_day = ? AND item.incident_id IS NULL
ORDER BY item.break_id
