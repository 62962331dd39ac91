-- Ids that stand on more than one row in scope: only these need counting and comparing.
SELECT COALESCE(r.request_id, r.provider_transaction_id) AS id
FROM rows_in_scope AS r
GROUP BY COALESCE(r.request_id, r.provider_transaction_id)
HAVING COUNT(*) > 1
