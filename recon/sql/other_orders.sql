-- Orders of other clearing days that this day has to look at again: named by a report row or a refund of the day,
-- carried from the day before, changed since the day began, or seen for the first time although older.
SELECT o.*
FROM frozen_orders AS o
CROSS JOIN parameters AS day
WHERE CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) <> day.as_of_day
  AND (
    o.payment_request_id IN (SELECT u.request_id FROM unpaired AS u)
    OR o.payment_request_id IN (SELECT COALESCE(r.original_request_id, r.request_id) FROM other_rows AS r)
    OR o.provider_payment_id IN (SELECT u.provider_transaction_id FROM unpaired AS u)
    OR o.provider_payment_id IN (SELECT r.original_provider_transaction_id FROM other_rows AS r)
    OR EXISTS (SELECT 1 FROM opening_items AS i WHERE i.source_id = o.source_id AND i.order_key = o.order_key)
    OR EXISTS (SELECT 1 FROM scope_refunds AS f WHERE f.source_id = o.source_id AND f.order_key = o.order_key)
    OR (
      CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) BETWEEN day.start_day AND day.as_of_day
      AND (
        o.updated_at >= day.day_start_at
        OR NOT EXISTS (SELECT 1 FROM seen_orders AS s WHERE s.source_id = o.source_id AND s.order_key = o.order_key)
      )
    )
  )
