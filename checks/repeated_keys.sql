-- One row per key that several rows share: the place of its second row, and how many rows it has.
SELECT ranked.file_id, ranked.line_number, ranked.key_rows
FROM (
  SELECT
    parsed.file_id, parsed.line_number,
    COUNT(*) OVER (PARTITION BY {keys}) AS key_rows,
    ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY parsed.file_id, parsed.line_number) AS place
  FROM {rows} AS parsed
) AS ranked
WHERE ranked.place = 2
ORDER BY ranked.file_id, ranked.line_number
