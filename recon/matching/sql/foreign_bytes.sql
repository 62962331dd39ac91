-- One line per current report of a day (the parameter) whose bytes another report has: an earlier one, or another of the
-- day. Only reports with rows count, and no Transaction Summary: it is one line, which names its batch. Reads parsed.files.
SELECT f.kind, f.file_id, MAX(o.clearing_day) AS other_day, MAX(o.file_name) AS other_name
FROM parsed.files AS f
JOIN parsed.files AS o ON o.sha256 = f.sha256 AND o.kind = f.kind AND o.file_name <> f.file_name
WHERE f.clearing_day = ? AND f.is_current AND f.row_count > 0 AND f.kind <> 'transaction_summary' AND o.is_current
  AND (o.clearing_day < f.clearing_day OR (o.clearing_day = f.clearing_day AND o.file_name < f.file_name))
GROUP BY f.kind, f.file_id
ORDER BY f.file_id
