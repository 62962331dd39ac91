-- One row per control total and line that could be why.
-- Everything that could be why a control total does not tie out (`recon.tie_out.residuals.FOUND`): the first lines of
-- each cause, how many there are, and what they add up to.
-- Reads: residual_batches, residual_lines, residual_missing
-- Columns:
--   total_number  number of the control total that does not tie out
--   cause         what could be why (`recon.tie_out.residuals`)
--   file_id       file name and version that the row was read from
--   line_number   line of that file, from 1
--   id            Alipay+ id, request id or batch
--   amount_minor  amount, minor units
--   currency      null: that of the total
--   note          more about it, in words
--   other_minor   the amount that the same line gives otherwise, minor units; null: none
--   row_count     how many there are of the cause; only the first are listed
--   effect        what all of them explain of the residual, in the unit of the total; null: not counted
WITH found AS (
  SELECT line.total_number, line.cause, line.file_id, line.line_number, line.id, line.amount_minor, line.note,
    line.other_minor, line.effect
  FROM residual_lines AS line
  UNION ALL
  SELECT missing.total_number, missing.cause, missing.file_id, missing.line_number, missing.id, missing.amount_minor,
    missing.note, missing.other_minor, missing.effect
  FROM residual_missing AS missing
  UNION ALL
  SELECT batch.total_number, batch.cause, batch.file_id, batch.line_number, batch.id, batch.amount_minor, batch.note,
    batch.other_minor, batch.effect
  FROM residual_batches AS batch
),
numbered AS (
  SELECT
    found.total_number, found.cause, found.file_id, found.line_number, found.id, found.amount_minor, found.note,
    found.other_minor,
    COUNT(*) OVER (PARTITION BY found.total_number, found.cause, found.effect IS NULL) AS row_count,
    SUM(found.effect) OVER (PARTITION BY found.total_number, found.cause, found.effect IS NULL) AS effect,
    ROW_NUMBER() OVER (
      PARTITION BY found.total_number, found.cause, found.effect IS NULL ORDER BY found.file_id, found.line_number,
        found.id
    ) AS place
  FROM found
)
SELECT
  numbered.total_number, numbered.cause, numbered.file_id, numbered.line_number, numbered.id, numbered.amount_minor,
  CAST(NULL AS VARCHAR) AS currency, numbered.note,
  numbered.other_minor, numbered.row_count, numbered.effect
FROM numbered
WHERE numbered.place <= {listed_rows}
