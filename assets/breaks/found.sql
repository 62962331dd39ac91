-- One row per break that the day found, in the reports and in the settlement.
SELECT * FROM reconciled.found WHERE as_of_day = ?
UNION ALL BY NAME
SELECT * FROM tied_out.found WHERE as_of_day = ?
