-- One row per order that was probably paid twice.
-- The later order of a near pair that was charged twice and not refunded; the evidence names the earlier one.
-- Reads: joined_rows, near_pairs, order_refunds
-- Columns:
--   source_id    source of our order, as configured
--   order_key    order_key of the later order
--   earlier_key  order_key of the earlier order
--   is_unsure    one of the two orders is not confirmed
WITH charged AS (
  SELECT reported.join_id AS request_id, reported.captured_minor AS amount_minor, reported.currency
  FROM joined_rows AS reported
  WHERE reported.join_id IN (
    SELECT near_pair.earlier_request_id FROM near_pairs
      AS near_pair UNION SELECT near_pair.later_request_id FROM near_pairs AS near_pair
  )
)
SELECT near_pair.source_id, near_pair.later_key AS order_key, MIN(near_pair.earlier_key) AS earlier_key,
  MAX(near_pair.is_unsure) AS is_unsure
FROM near_pairs AS near_pair
JOIN charged AS later ON later.request_id = near_pair.later_request_id
JOIN charged AS earlier ON earlier.request_id = near_pair.earlier_request_id
LEFT JOIN order_refunds AS refunds_of_later ON refunds_of_later.source_id = near_pair.source_id
  AND refunds_of_later.order_key = near_pair.later_key
LEFT JOIN order_refunds AS refunds_of_earlier ON refunds_of_earlier.source_id = near_pair.source_id
  AND refunds_of_earlier.order_key = near_pair.earlier_key
WHERE NOT COALESCE(refunds_of_later.reported_minor >= later.amount_minor
  AND refunds_of_later.reported_currency = later.currency, FALSE)
  AND NOT COALESCE(refunds_of_earlier.reported_minor >= earlier.amount_minor
    AND refunds_of_earlier.reported_currency = earlier.currency, FALSE)
GROUP BY near_pair.source_id, near_pair.later_key
