-- One row per clearing day that was run: how it ended, and how many breaks its list has. Amounts are in bi.breaks.
SELECT
  days.as_of_day AS clearing_day,
  days.as_of_day = (SELECT MAX(proved.as_of_day) FROM breaks.days AS proved WHERE proved.status = 'proved') AS is_newest_list,
  COALESCE(days.status, 'not finished') AS status,
  days.reason,
  revision.last_proved_at + INTERVAL 8 HOUR AS last_proved_at_utc8,
  COALESCE(revision.revision_count, 0) AS revision_count,
  COALESCE(listed.listed_count, 0) AS listed_count,
  COALESCE(listed.open_count, 0) AS open_count,
  COALESCE(listed.open_s1_count, 0) AS open_s1_count,
  COALESCE(listed.waiting_count, 0) AS waiting_count
FROM breaks.days AS days
LEFT JOIN (
  SELECT revisions.as_of_day, MAX(revisions.recorded_at) AS last_proved_at, COUNT(*) AS revision_count
  FROM breaks.revisions AS revisions
  GROUP BY revisions.as_of_day
) AS revision ON revision.as_of_day = days.as_of_day
LEFT JOIN (
  SELECT
    item.as_of_day,
    COUNT(*) AS listed_count,
    COUNT(*) FILTER (WHERE item.state IN ('OPEN', 'ASKED')) AS open_count,
    COUNT(*) FILTER (WHERE item.state IN ('OPEN', 'ASKED') AND item.severity = 'S1') AS open_s1_count,
    COUNT(*) FILTER (WHERE item.state = 'WAITING') AS waiting_count
  FROM breaks.items AS item
  WHERE item.incident_id IS NULL AND item.state NOT IN ('ACCEPTED', 'WRITTEN_OFF')
  GROUP BY item.as_of_day
) AS listed ON listed.as_of_day = days.as_of_day
