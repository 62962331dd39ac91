-- The request ids of the orders that the decision tables look at: named by what needs attention, partners of refunds, and
-- orders of other clearing days that were carried, changed since the day began, or are seen for the first time although
-- older. A table of its own, so that the wide rows are read once and by a known number of ids.
WITH keys AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL
  UNION
  SELECT t.source_id, t.order_key FROM touched_refunds AS t
)
SELECT a.id FROM attention_ids AS a WHERE a.id IS NOT NULL
UNION
SELECT o.payment_request_id AS id
FROM frozen_orders AS o
JOIN keys AS k ON k.source_id = o.source_id AND k.order_key = o.order_key
UNION
SELECT o.payment_request_id AS id
FROM frozen_orders AS o
WHERE o.provider_payment_id IN (SELECT a.id FROM attention_transactions AS a)
UNION
SELECT o.payment_request_id AS id
FROM frozen_orders AS o
CROSS JOIN parameters AS day
LEFT JOIN seen_orders AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
WHERE COALESCE(o.paid_at, o.created_at) >= day.first_day_at
  AND COALESCE(o.paid_at, o.created_at) < day.day_start_at
  AND (o.updated_at >= day.day_start_at OR s.order_key IS NULL)
