-- Everything that the decision tables found on this day, one line per break.
SELECT p.* FROM found_payments AS p
UNION ALL
SELECT r.* FROM found_refunds AS r
UNION ALL
SELECT g.* FROM found_groups AS g
UNION ALL
SELECT f.* FROM found_fees AS f
