-- One row per undecided break of a day that is S1, an incident or due by an instant; an incident for its breaks.
SELECT COLUMNS(name -> LIST_CONTAINS(?, name))
FROM breaks.items
WHERE as_of_day = ?
  AND incident_id IS NULL
  AND state NOT IN ('ACCEPTED', 'WRITTEN_OFF')
  AND (severity = 'S1' OR family = 'I' OR deadline_at <= ?)
