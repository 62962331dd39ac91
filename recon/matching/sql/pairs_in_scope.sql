-- One row per report row that an order or refund in scope got by the id of Alipay+ on an earlier day.
-- What has another key or source since then is known by its paymentRequestId or refundRequestId.
-- Reads: orders_in_scope, paired_by_provider_id_earlier, scope_refunds
-- Columns:
--   request_id   request id on the first row of the pair
--   place        place (file id and line) of the row
--   file_id      file of the row, if the pair has several
--   line_number  line of that file
SELECT earlier_pair.request_id, earlier_pair.place, earlier_pair.file_id, earlier_pair.line_number
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN orders_in_scope AS own_order ON own_order.source_id = earlier_pair.source_id
  AND own_order.order_key = earlier_pair.order_key
UNION
SELECT earlier_pair.request_id, earlier_pair.place, earlier_pair.file_id, earlier_pair.line_number
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN orders_in_scope AS own_order ON own_order.payment_request_id = earlier_pair.own_request_id
UNION
SELECT earlier_pair.request_id, earlier_pair.place, earlier_pair.file_id, earlier_pair.line_number
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN scope_refunds AS own_refund ON own_refund.source_id = earlier_pair.source_id
  AND own_refund.order_key = earlier_pair.order_key
UNION
SELECT earlier_pair.request_id, earlier_pair.place, earlier_pair.file_id, earlier_pair.line_number
FROM paired_by_provider_id_earlier AS earlier_pair
JOIN scope_refunds AS own_refund ON own_refund.refund_request_id = earlier_pair.own_request_id
