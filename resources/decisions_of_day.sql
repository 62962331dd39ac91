-- One row per break of the list of a day that somebody decided about: the decisions in force, and what it is.
-- Bound: the day. `list_state` is that of the break, `state` ACCEPTED or WRITTEN_OFF where a decision took it off.
SELECT
  standing.*,
  item.break_code, item.break_name, item.severity, item.state AS list_state, item.explanation, item.currency AS item_currency,
  item.amount_at_risk_minor, movement.movement
FROM breaks.decisions AS standing
JOIN breaks.items AS item ON item.as_of_day = standing.as_of_day AND item.break_id = standing.break_id
LEFT JOIN breaks.movements AS movement
  ON movement.as_of_day = standing.as_of_day AND movement.break_id = standing.break_id
WHERE standing.as_of_day = ?
ORDER BY standing.break_id
