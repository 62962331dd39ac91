-- One row per order with a refund to look at.
-- Orders of ours whose refunds this day has to look at: of this clearing day, named by its rows, carried, changed since
-- the last day on which they were seen, seen for the first time although older, or back again where an open break
-- has their row without them.
-- Reads: exception_candidate_rows, frozen_refunds, matched_refunds, opening_items, parameters, seen_refunds
-- Columns:
--   source_id  source of our order, as configured
--   order_key  Ogloba's reference number of the order
SELECT own_refund.source_id, own_refund.order_key
FROM frozen_refunds AS own_refund
CROSS JOIN parameters AS day
LEFT JOIN matched_refunds AS matched_refund ON matched_refund.source_id = own_refund.source_id
  AND matched_refund.refund_key = own_refund.refund_key
LEFT JOIN seen_refunds AS seen ON seen.source_id = own_refund.source_id AND seen.refund_key = own_refund.refund_key
WHERE matched_refund.refund_key IS NULL
  AND (
    (
      own_refund.effective_at >= day.first_day_at
      AND own_refund.effective_at < day.day_end_at
      AND (
        own_refund.effective_at >= day.day_start_at
        OR seen.refund_key IS NULL
        OR own_refund.updated_at >= CAST(seen.seen_day AS TIMESTAMP) + INTERVAL '16' HOUR
      )
    )
    OR own_refund.refund_request_id IN (SELECT report_row.request_id FROM exception_candidate_rows AS report_row)
    OR own_refund.provider_refund_id IN (SELECT report_row.provider_transaction_id FROM exception_candidate_rows
      AS report_row)
    OR EXISTS (SELECT 1 FROM opening_items AS opening WHERE opening.source_id = own_refund.source_id
      AND opening.order_key = own_refund.order_key)
    OR EXISTS (SELECT 1 FROM opening_items AS opening WHERE opening.source_id = own_refund.source_id
      AND opening.refund_key = own_refund.refund_key)
    OR EXISTS (SELECT 1 FROM opening_items AS opening WHERE opening.family = 'R'
      AND opening.request_id = own_refund.refund_request_id)
    OR own_refund.provider_refund_id IN (SELECT opening.provider_transaction_id FROM opening_items AS opening
      WHERE opening.family = 'R' AND opening.key_kind = 'provider')
  )
GROUP BY own_refund.source_id, own_refund.order_key
