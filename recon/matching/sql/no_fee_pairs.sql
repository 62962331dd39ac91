-- One row per fee row: none, where there are no fees.
-- Replaces `fee_pairs` there.
-- Reads: fee_lines
-- Columns:
--   file_id      file of the row
--   line_number  line of that file, from 1
SELECT fee_line.file_id, fee_line.line_number
FROM fee_lines AS fee_line
WHERE FALSE
