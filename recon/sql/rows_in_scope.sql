-- The report rows that decide this day: its own, and the earlier ones that belong to them.
SELECT r.* FROM rows_of_day AS r
UNION ALL
SELECT e.* FROM earlier_rows AS e
