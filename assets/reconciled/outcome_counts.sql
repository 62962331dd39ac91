-- One row per outcome of a side of the day, with the number of inputs.
SELECT outcome, CAST(SUM(row_count) AS BIGINT) AS row_count
FROM reconciled.conservation
WHERE as_of_day = ? AND side = ?
GROUP BY outcome ORDER BY outcome
