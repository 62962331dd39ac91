-- Orders of ours whose refunds this day has to look at: of this clearing day, named by its rows, carried, changed since
-- it began, or seen for the first time although older.
SELECT f.source_id, f.order_key
FROM frozen_refunds AS f
CROSS JOIN parameters AS day
WHERE (
    CAST(COALESCE(f.refunded_at, f.requested_at) + INTERVAL '8' HOUR AS DATE) BETWEEN day.start_day AND day.as_of_day
    AND (
      CAST(COALESCE(f.refunded_at, f.requested_at) + INTERVAL '8' HOUR AS DATE) = day.as_of_day
      OR f.updated_at >= day.day_start_at
      OR NOT EXISTS (SELECT 1 FROM seen_refunds AS s WHERE s.source_id = f.source_id AND s.refund_key = f.refund_key)
    )
  )
  OR f.refund_request_id IN (SELECT r.request_id FROM other_rows AS r)
  OR f.provider_refund_id IN (SELECT r.provider_transaction_id FROM other_rows AS r)
  OR EXISTS (
    SELECT 1 FROM opening_items AS i WHERE i.source_id = f.source_id AND i.order_key = f.order_key
  )
GROUP BY f.source_id, f.order_key
