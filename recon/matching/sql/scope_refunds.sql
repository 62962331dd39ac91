-- One row per refund of ours.
-- Every refund of ours that belongs to something that this day looks at: all refunds of such an order, never some.
-- is_due: it counts even without a row. What happened after the cut belongs to the next day, unless carried.
-- Reads: frozen_refunds, opening_items, orders_in_scope, other_rows, parameters, touched_refunds
-- Columns:
--   frozen_refunds.*  its columns, unchanged
--   refund_day        clearing day (UTC+8) of the refund
--   is_open           a break of its own is open, be it under another key or source
--   is_due            counts even without a row
--   is_begun          requested before the cut of the day
WITH orders AS (
  SELECT touched.source_id, touched.order_key FROM touched_refunds AS touched
  UNION
  SELECT own_order.source_id, own_order.order_key FROM orders_in_scope AS own_order
),
carried AS (
  SELECT opening.source_id, opening.refund_key
  FROM opening_items AS opening
  WHERE opening.refund_key IS NOT NULL
  GROUP BY opening.source_id, opening.refund_key
),
carried_requests AS (
  SELECT opening.request_id AS id
  FROM opening_items AS opening
  WHERE opening.refund_key IS NOT NULL AND opening.request_id IS NOT NULL
  GROUP BY opening.request_id
)
SELECT candidate.*
FROM (
  SELECT
    own_refund.*,
    CAST(own_refund.effective_at + INTERVAL '8' HOUR AS DATE) AS refund_day,
    carried.refund_key IS NOT NULL OR carried_request.id IS NOT NULL AS is_open,
    own_refund.effective_at < day.day_end_at OR carried.refund_key IS NOT NULL OR carried_request.id IS NOT NULL
      AS is_due,
    own_refund.requested_at < day.day_end_at AS is_begun
  FROM frozen_refunds AS own_refund
  JOIN orders ON orders.source_id = own_refund.source_id AND orders.order_key = own_refund.order_key
  LEFT JOIN carried ON carried.source_id = own_refund.source_id AND carried.refund_key = own_refund.refund_key
  LEFT JOIN carried_requests AS carried_request ON carried_request.id = own_refund.refund_request_id
  CROSS JOIN parameters AS day
) AS candidate
WHERE candidate.is_due
  OR candidate.is_begun
  OR candidate.refund_request_id IN (SELECT report_row.request_id FROM other_rows AS report_row
    WHERE report_row.row_role = 'REFUND')
  OR candidate.provider_refund_id IN (SELECT report_row.provider_transaction_id FROM other_rows AS report_row
    WHERE report_row.row_role = 'REFUND')
