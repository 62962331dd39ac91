-- One line per field that contradicts the file name in the current reports of a day (the parameter), with the day whose
-- report of the same set goes by that value, if there is one. Reads parsed.contradictions and parsed.files.
SELECT
  c.kind, c.file_id, c.field, c.content_value, c.file_name_value, c.first_line, c.row_count, c.same_value_count,
  c.row_count = f.row_count AND c.same_value_count = f.row_count AS is_whole_file, MAX(o.clearing_day) AS other_day
FROM parsed.contradictions AS c
JOIN parsed.files AS f ON f.file_id = c.file_id AND f.clearing_day = c.clearing_day
LEFT JOIN parsed.files AS o
  ON o.kind = c.kind AND o.batch_id = c.content_value AND o.clearing_day < c.clearing_day
  AND o.participant_agreement_id = f.participant_agreement_id AND o.settlement_currency = f.settlement_currency
WHERE c.clearing_day = ?
GROUP BY c.kind, c.file_id, c.field, c.content_value, c.file_name_value, c.first_line, c.row_count, c.same_value_count,
  f.row_count
ORDER BY c.file_id, c.first_line, c.field
