-- One row per side and outcome of a day, with the number of inputs.
SELECT side, outcome, CAST(SUM(row_count) AS BIGINT) AS row_count
FROM reconciled.conservation
WHERE as_of_day = ?
GROUP BY side, outcome
ORDER BY side, outcome
