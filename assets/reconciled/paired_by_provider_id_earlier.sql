-- One row per report row that an order or refund of ours got by the id of Alipay+ on an earlier day: the request id of
-- ours, its own request id, which may be null, and its place, which is file id and line.
-- Bound: day
SELECT outcome.source_id, outcome.order_key, outcome.own_request_id, outcome.row_request_id AS request_id,
  UNNEST(STRING_SPLIT(outcome.lines, ' ')) AS place
FROM (
  SELECT payment.as_of_day, payment.source_id, payment.order_key, payment.payment_request_id AS own_request_id,
    payment.row_request_id, payment.flags, payment.lines
  FROM reconciled.payments AS payment
  UNION ALL
  SELECT refund.as_of_day, refund.source_id, refund.order_key, refund.refund_request_id AS own_request_id,
    refund.row_request_id, refund.flags, refund.lines
  FROM reconciled.refunds AS refund
) AS outcome
WHERE outcome.as_of_day < $day
  AND (outcome.flags LIKE '%REQUEST_ID%' OR outcome.flags LIKE '%PAIRED_BY_PROVIDER_ID%')
