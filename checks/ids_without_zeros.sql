-- One row per report file with request ids that have lost their leading zeros.
WITH sent AS (
  SELECT payment.payment_request_id AS id FROM {payments} AS payment
  UNION
  SELECT refund.refund_request_id AS id FROM {refunds} AS refund
)
SELECT reported.file_id, MIN(reported.line_number) AS line_number, COUNT(*) AS row_count
FROM {rows} AS reported
JOIN sent AS original ON LTRIM(original.id, '0') = reported.request_id
LEFT JOIN sent AS same ON same.id = reported.request_id
WHERE original.id LIKE '0%' AND same.id IS NULL
GROUP BY reported.file_id
ORDER BY reported.file_id
