-- One row per undecided break of a day that is one of these: its situation, and the answer that the list shows.
SELECT break_id, situation, answer
FROM breaks.items
WHERE as_of_day = ? AND LIST_CONTAINS(CAST(? AS VARCHAR[]), break_id) AND state NOT IN ('ACCEPTED', 'WRITTEN_OFF')
