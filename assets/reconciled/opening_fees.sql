-- One row per fee break that the list of the day before handed over.
-- Bound: day
SELECT item.provider_transaction_id AS transaction_id, item.partner_key AS fee_kind,
  COALESCE(item.payment_request_id, item.refund_request_id) AS request_id
FROM breaks.items AS item
WHERE item.as_of_day = $day - INTERVAL '1' DAY AND item.family = 'C' AND item.state <> 'NOTED'
