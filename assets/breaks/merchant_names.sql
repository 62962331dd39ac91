-- One row per wanted merchant whose name one of our orders has.
SELECT own.merchant_id, MAX(own.merchant_name) AS known_name
FROM {ours} AS own
WHERE own.merchant_id IN (SELECT wanted.merchant_id FROM wanted) AND own.merchant_name IS NOT NULL
GROUP BY own.merchant_id
