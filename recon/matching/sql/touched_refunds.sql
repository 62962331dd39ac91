-- Orders of ours whose refunds this day has to look at: of this clearing day, named by its rows, carried, changed since
-- it began, or seen for the first time although older.
SELECT f.source_id, f.order_key
FROM frozen_refunds AS f
CROSS JOIN parameters AS day
LEFT JOIN plain_refunds AS p ON p.source_id = f.source_id AND p.refund_key = f.refund_key
LEFT JOIN seen_refunds AS s ON s.source_id = f.source_id AND s.refund_key = f.refund_key
WHERE p.refund_key IS NULL
  AND (
    (
      COALESCE(f.refunded_at, f.requested_at) >= day.first_day_at
      AND COALESCE(f.refunded_at, f.requested_at) < day.day_end_at
      AND (
        COALESCE(f.refunded_at, f.requested_at) >= day.day_start_at
        OR f.updated_at >= day.day_start_at
        OR s.refund_key IS NULL
      )
    )
    OR f.refund_request_id IN (SELECT r.request_id FROM attention_rows AS r)
    OR f.provider_refund_id IN (SELECT r.provider_transaction_id FROM attention_rows AS r)
    OR EXISTS (SELECT 1 FROM opening_items AS i WHERE i.source_id = f.source_id AND i.order_key = f.order_key)
  )
GROUP BY f.source_id, f.order_key
