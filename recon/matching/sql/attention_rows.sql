-- The rows of the day that are not payments and need the decision tables.
SELECT r.*
FROM other_rows AS r
LEFT JOIN plain_refunds AS p ON p.request_id = r.request_id
WHERE p.request_id IS NULL
