-- One row per key that the list of the day before handed over: of each open payment or refund break its order, its
-- refund and its partner; and the orders whose cancel was still pending.
-- family: P payment, R refund. key_kind: what the break is about: order, refund, or provider (only the report knows it).
-- Bound: day
WITH handed_over AS (
  SELECT item.*, SPLIT_PART(item.break_id, '/', 3) AS key_kind
  FROM breaks.items AS item
  WHERE item.as_of_day = $day - INTERVAL '1' DAY AND item.state <> 'NOTED' AND item.family IN ('P', 'R')
)
SELECT item.family, item.key_kind, item.source_id, item.order_key, item.refund_key, item.payment_request_id AS request_id,
  item.provider_transaction_id
FROM handed_over AS item
UNION ALL
SELECT item.family, item.key_kind, item.source_id, item.order_key, item.refund_key, item.refund_request_id, NULL
FROM handed_over AS item
WHERE item.refund_request_id IS NOT NULL
UNION ALL
SELECT item.family, item.key_kind, item.source_id, item.partner_key, NULL, NULL, NULL
FROM handed_over AS item
WHERE item.partner_key IS NOT NULL
UNION ALL
SELECT 'P', 'order', pending.source_id, pending.order_key, NULL, pending.payment_request_id, NULL
FROM breaks.pending AS pending
WHERE pending.as_of_day = $day - INTERVAL '1' DAY
