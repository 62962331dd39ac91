-- One row per merchant of these whose name one of our orders has.
SELECT own.merchant_id, MAX(own.merchant_name) AS known_name
FROM {ours} AS own
WHERE LIST_CONTAINS(?, own.merchant_id) AND own.merchant_name IS NOT NULL
GROUP BY own.merchant_id
