-- One row per undecided break of a day that is one of these.
SELECT break_id
FROM breaks.items
WHERE as_of_day = ? AND LIST_CONTAINS(?, break_id) AND state NOT IN ('ACCEPTED', 'WRITTEN_OFF')
