-- One row per line of Transaction Detail that is evidence of a break.
SELECT {columns}
FROM {report_rows} AS report_row
WHERE (report_row.file_id, report_row.line_number) IN (
  SELECT wanted.file_id, wanted.line_number FROM wanted)
