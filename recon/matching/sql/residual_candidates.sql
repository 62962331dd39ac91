-- Everything that could be why a control total does not fit (`recon.residuals.FOUND`): the first lines of each cause, how
-- many there are, and what they add up to.
-- Reads residual_lines, residual_missing, residual_batches.
WITH found AS (
  SELECT l.total_number, l.cause, l.file_id, l.line_number, l.id, l.amount_minor, l.note, l.other_minor, l.effect
  FROM residual_lines AS l
  UNION ALL
  SELECT m.total_number, m.cause, m.file_id, m.line_number, m.id, m.amount_minor, m.note, m.other_minor, m.effect
  FROM residual_missing AS m
  UNION ALL
  SELECT b.total_number, b.cause, b.file_id, b.line_number, b.id, b.amount_minor, b.note, b.other_minor, b.effect
  FROM residual_batches AS b
),
numbered AS (
  SELECT
    f.total_number, f.cause, f.file_id, f.line_number, f.id, f.amount_minor, f.note, f.other_minor,
    COUNT(*) OVER (PARTITION BY f.total_number, f.cause, f.effect IS NULL) AS row_count,
    SUM(f.effect) OVER (PARTITION BY f.total_number, f.cause, f.effect IS NULL) AS effect,
    ROW_NUMBER() OVER (
      PARTITION BY f.total_number, f.cause, f.effect IS NULL ORDER BY f.file_id, f.line_number, f.id
    ) AS place
  FROM found AS f
)
SELECT
  n.total_number, n.cause, n.file_id, n.line_number, n.id, n.amount_minor, CAST(NULL AS VARCHAR) AS currency, n.note,
  n.other_minor, n.row_count, n.effect
FROM numbered AS n
WHERE n.place <= {listed_rows}
