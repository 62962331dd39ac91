-- The exact repeats among the rows of this day.
SELECT x.file_id, x.line_number, x.id AS kept
FROM repeated_rows AS x
CROSS JOIN parameters AS day
WHERE x.clearing_day = day.as_of_day
