-- The later order of a near pair that was charged twice and not refunded; the evidence names the earlier one.
WITH charged AS (
  SELECT p.join_id AS request_id, p.amount_minor + p.excess_minor AS amount_minor, p.currency
  FROM joined_rows AS p
  WHERE p.join_id IN (
    SELECT n.earlier_request_id FROM near_pairs AS n UNION SELECT n.later_request_id FROM near_pairs AS n
  )
)
SELECT n.source_id, n.later_key AS order_key, MIN(n.earlier_key) AS earlier_key, MAX(n.is_unsure) AS is_unsure
FROM near_pairs AS n
JOIN charged AS later ON later.request_id = n.later_request_id
JOIN charged AS earlier ON earlier.request_id = n.earlier_request_id
LEFT JOIN order_refunds AS x ON x.source_id = n.source_id AND x.order_key = n.later_key
LEFT JOIN order_refunds AS y ON y.source_id = n.source_id AND y.order_key = n.earlier_key
WHERE NOT COALESCE(x.reported_minor >= later.amount_minor AND x.reported_currency = later.currency, FALSE)
  AND NOT COALESCE(y.reported_minor >= earlier.amount_minor AND y.reported_currency = earlier.currency, FALSE)
GROUP BY n.source_id, n.later_key
