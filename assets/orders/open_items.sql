-- One row per break on a payment or refund that the day before left open.
SELECT
  item.source_id, item.order_key, item.partner_key, item.refund_key,
  item.payment_request_id, item.refund_request_id, item.provider_transaction_id
FROM breaks.items AS item
WHERE item.as_of_day = $before AND item.state <> 'NOTED' AND item.family IN ('P', 'R')
