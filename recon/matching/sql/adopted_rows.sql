-- One row per report row that an order of ours gets by the id of Alipay+.
-- The second step of the pairing ladder: a payment row that no order claims by request id, and the one order that
-- stores its Alipay+ id and has no row of its own. A pair of an earlier day lasts, whatever else comes under that id.
-- Reads: orders_in_scope, pairs_in_scope, payment_rows
-- Columns:
--   file_id             file name and version that the row was read from
--   line_number         line of that file, from 1
--   payment_request_id  of the order that the row joins
WITH unclaimed AS (
  SELECT reported.file_id, reported.line_number, reported.provider_transaction_id
  FROM payment_rows AS reported
  LEFT JOIN orders_in_scope AS own_order ON own_order.payment_request_id = reported.request_id
  WHERE own_order.payment_request_id IS NULL
),
candidates AS (
  SELECT unclaimed.file_id, unclaimed.line_number, unclaimed.provider_transaction_id, own_order.payment_request_id,
    CASE WHEN earlier_pair.place IS NULL THEN 0 ELSE 1 END AS is_earlier_pair
  FROM unclaimed
  JOIN orders_in_scope AS own_order ON own_order.provider_payment_id = unclaimed.provider_transaction_id
  LEFT JOIN payment_rows AS own ON own.request_id = own_order.payment_request_id
  LEFT JOIN pairs_in_scope AS earlier_pair ON earlier_pair.place = {place(unclaimed)}
    AND earlier_pair.own_request_id = own_order.payment_request_id
  WHERE own.request_id IS NULL
),
firmest AS (
  SELECT candidate.provider_transaction_id, MAX(candidate.is_earlier_pair) AS is_earlier_pair
  FROM candidates AS candidate
  GROUP BY candidate.provider_transaction_id
)
SELECT MIN(candidate.file_id) AS file_id, MIN(candidate.line_number) AS line_number,
  MIN(candidate.payment_request_id) AS payment_request_id
FROM candidates AS candidate
JOIN firmest ON firmest.provider_transaction_id = candidate.provider_transaction_id
  AND firmest.is_earlier_pair = candidate.is_earlier_pair
GROUP BY candidate.provider_transaction_id
HAVING COUNT(*) = 1
