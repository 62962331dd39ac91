-- One row per copy of a report row.
-- The exact repeats among the rows of this day.
-- Reads: parameters, repeated_rows
-- Columns:
--   file_id      file name and version that the row was read from
--   line_number  line of that file, from 1
--   kept         id of the row, of which one copy counts
SELECT copy.file_id, copy.line_number, copy.id AS kept
FROM repeated_rows AS copy
CROSS JOIN parameters AS day
WHERE copy.clearing_day = day.as_of_day
