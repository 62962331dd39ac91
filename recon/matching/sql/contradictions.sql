-- One row per field that contradicts the file name in the current reports of a day (the parameter), with the day whose
-- report of the same set goes by that value, if there is one.
-- Reads: parsed.contradictions, parsed.files
-- Columns:
--   kind              which report
--   file_id           file name and version that the row was read from
--   field             field that contradicts
--   content_value     value in the rows
--   file_name_value   value in the file name
--   first_line        first line with it
--   row_count         rows with this contradiction
--   same_value_count  rows of the file with this value
--   is_whole_file     every row of the file has it
--   other_day         clearing day of the other report; null: none
SELECT
  contradiction.kind, contradiction.file_id, contradiction.field, contradiction.content_value,
  contradiction.file_name_value, contradiction.first_line, contradiction.row_count, contradiction.same_value_count,
  contradiction.row_count = file.row_count AND contradiction.same_value_count = file.row_count AS is_whole_file,
  MAX(other_file.clearing_day) AS other_day
FROM parsed.contradictions AS contradiction
JOIN parsed.files AS file ON file.file_id = contradiction.file_id AND file.clearing_day = contradiction.clearing_day
LEFT JOIN parsed.files AS other_file
  ON other_file.kind = contradiction.kind AND other_file.batch_id = contradiction.content_value
    AND other_file.clearing_day < contradiction.clearing_day
  AND other_file.participant_agreement_id = file.participant_agreement_id
    AND other_file.settlement_currency = file.settlement_currency
WHERE contradiction.clearing_day = ?
GROUP BY contradiction.kind, contradiction.file_id, contradiction.field, contradiction.content_value,
  contradiction.file_name_value, contradiction.first_line, contradiction.row_count, contradiction.same_value_count,
  file.row_count
ORDER BY contradiction.file_id, contradiction.first_line, contradiction.field
