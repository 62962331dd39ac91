-- Ids that stand on more than one report row of the day.
SELECT COALESCE(r.request_id, r.provider_transaction_id) AS id
FROM rows_of_day AS r
GROUP BY COALESCE(r.request_id, r.provider_transaction_id)
HAVING COUNT(*) > 1
