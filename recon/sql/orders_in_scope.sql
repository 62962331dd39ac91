-- The orders that the decision tables look at: named by what needs attention, partners of refunds, and orders of other
-- clearing days that were carried, changed since the day began, or are seen for the first time although older.
-- is_due: it gets an outcome even without a row. What happened after the cut belongs to the next day, unless carried.
WITH by_request AS (
  SELECT o.* FROM frozen_orders AS o WHERE o.payment_request_id IN (SELECT a.id FROM attention_ids AS a)
),
keys AS (
  SELECT o.source_id, o.order_key
  FROM frozen_orders AS o
  WHERE o.provider_payment_id IN (SELECT a.id FROM attention_transactions AS a)
  UNION
  SELECT i.source_id, i.order_key FROM opening_items AS i
  UNION
  SELECT t.source_id, t.order_key FROM touched_refunds AS t
  UNION
  SELECT o.source_id, o.order_key
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  LEFT JOIN seen_orders AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  WHERE COALESCE(o.paid_at, o.created_at) >= day.first_day_at
    AND COALESCE(o.paid_at, o.created_at) < day.day_start_at
    AND (o.updated_at >= day.day_start_at OR s.order_key IS NULL)
),
missing AS (
  SELECT k.source_id, k.order_key
  FROM keys AS k
  LEFT JOIN by_request AS b ON b.source_id = k.source_id AND b.order_key = k.order_key
  WHERE b.order_key IS NULL
),
chosen AS (
  SELECT b.* FROM by_request AS b
  UNION ALL
  SELECT o.*
  FROM frozen_orders AS o
  JOIN missing AS m ON m.source_id = o.source_id AND m.order_key = o.order_key
),
carried AS (
  SELECT i.source_id, i.order_key FROM opening_items AS i WHERE i.order_key IS NOT NULL GROUP BY i.source_id, i.order_key
)
SELECT
  c.*,
  COALESCE(c.paid_at, c.created_at) >= day.first_day_at
    AND (COALESCE(c.paid_at, c.created_at) < day.day_end_at OR k.order_key IS NOT NULL) AS is_due
FROM chosen AS c
CROSS JOIN parameters AS day
LEFT JOIN carried AS k ON k.source_id = c.source_id AND k.order_key = c.order_key
