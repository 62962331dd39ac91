-- One row per report row that an order in scope got by the id of Alipay+ on an earlier day.
-- An order that has another key or source since then is known by its paymentRequestId.
-- Reads: orders_in_scope, paired_by_provider_id_earlier
-- Columns:
--   request_id  request id on the row
--   place       place (file id and line) of the row
SELECT earlier_pair.request_id, earlier_pair.place
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN orders_in_scope AS own_order ON own_order.source_id = earlier_pair.source_id
  AND own_order.order_key = earlier_pair.order_key
UNION
SELECT earlier_pair.request_id, earlier_pair.place
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN orders_in_scope AS own_order ON own_order.payment_request_id = earlier_pair.own_request_id
