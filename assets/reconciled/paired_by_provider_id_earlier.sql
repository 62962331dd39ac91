-- One row per report row that an order or refund of ours had by the id of Alipay+ when the row last had an outcome: the
-- request id of ours, the one of the first row of the pair, which may be null, and its place, which is file id and line.
-- Where the pair has several rows, file and line of each are apart, too.
-- Bound: day
WITH outcomes AS (
  SELECT payment.as_of_day, payment.source_id, payment.order_key, payment.payment_request_id AS own_request_id,
    payment.row_request_id AS request_id, payment.lines,
    payment.flags LIKE '%REQUEST_ID%' OR payment.flags LIKE '%PAIRED_BY_PROVIDER_ID%' AS is_paired
  FROM reconciled.payments AS payment
  WHERE payment.as_of_day < $day
  UNION ALL
  SELECT refund.as_of_day, refund.source_id, refund.order_key, refund.refund_request_id AS own_request_id,
    refund.row_request_id AS request_id, refund.lines,
    refund.flags LIKE '%REQUEST_ID%' OR refund.flags LIKE '%PAIRED_BY_PROVIDER_ID%' AS is_paired
  FROM reconciled.refunds AS refund
  WHERE refund.as_of_day < $day
),
paired AS (
  SELECT DISTINCT UNNEST(STRING_SPLIT(outcome.lines, ' ')) AS place FROM outcomes AS outcome WHERE outcome.is_paired
),
places AS (
  SELECT outcome.as_of_day, outcome.source_id, outcome.order_key, outcome.own_request_id, outcome.request_id,
    UNNEST(STRING_SPLIT(outcome.lines, ' ')) AS place, outcome.lines LIKE '% %' AS is_several, outcome.is_paired
  FROM outcomes AS outcome
  WHERE outcome.lines IN (SELECT paired.place FROM paired) OR outcome.lines LIKE '% %'
),
newest AS (
  SELECT places.*, ROW_NUMBER() OVER (PARTITION BY places.place ORDER BY places.as_of_day DESC) AS age
  FROM places
)
SELECT pair.source_id, pair.order_key, pair.own_request_id, pair.request_id, pair.place,
  CASE WHEN pair.is_several THEN REGEXP_EXTRACT(pair.place, '^(.*):[0-9]+$', 1) END AS file_id,
  CASE WHEN pair.is_several THEN CAST(REGEXP_EXTRACT(pair.place, ':([0-9]+)$', 1) AS INTEGER) END AS line_number
FROM newest AS pair
WHERE pair.age = 1 AND pair.is_paired
