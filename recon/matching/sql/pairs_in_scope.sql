-- One row per report row that an order or refund in scope got by the id of Alipay+ on an earlier day.
-- What has another key or source since then is known by its paymentRequestId or refundRequestId.
-- Reads: orders_in_scope, paired_by_provider_id_earlier, scope_refunds
-- Columns:
--   own_request_id  the paymentRequestId or refundRequestId that we sent, as it was then
--   request_id      request id on the first row of the pair
--   place           place (file id and line) of the row
--   file_id         file of the row, if the pair has several
--   line_number     line of that file
WITH owners AS (
  SELECT own_order.source_id, own_order.order_key FROM orders_in_scope AS own_order
  UNION
  SELECT own_refund.source_id, own_refund.order_key FROM scope_refunds AS own_refund
),
own_requests AS (
  SELECT own_order.payment_request_id AS id FROM orders_in_scope AS own_order
  UNION
  SELECT own_refund.refund_request_id AS id FROM scope_refunds AS own_refund
)
SELECT earlier_pair.own_request_id, earlier_pair.request_id, earlier_pair.place, earlier_pair.file_id,
  earlier_pair.line_number
FROM paired_by_provider_id_earlier AS earlier_pair
LEFT JOIN owners AS owner ON owner.source_id = earlier_pair.source_id AND owner.order_key = earlier_pair.order_key
LEFT JOIN own_requests AS own_request ON own_request.id = earlier_pair.own_request_id
WHERE owner.order_key IS NOT NULL OR own_request.id IS NOT NULL
