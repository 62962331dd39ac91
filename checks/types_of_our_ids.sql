-- One row per report file, transaction type that no list has, and side: rows that carry the id, and go the way, of a
-- payment or a refund of ours that no other row reports; the first line and how many.
WITH unreported AS (
  SELECT 'payments' AS side, 1 AS sign, payment.payment_request_id AS sent_id, payment.provider_payment_id AS given_id
  FROM {payments} AS payment
  JOIN reconciled.payments AS outcome
    ON outcome.source_id = payment.source_id AND outcome.order_key = payment.order_key
  WHERE outcome.as_of_day = $day AND outcome.report_count = 0
  UNION ALL
  SELECT 'refunds', -1, refund.refund_request_id, refund.provider_refund_id
  FROM {refunds} AS refund
  JOIN reconciled.refunds AS outcome
    ON outcome.source_id = refund.source_id AND outcome.refund_key = refund.refund_key
  WHERE outcome.as_of_day = $day AND outcome.report_count = 0
),
ours AS (
  SELECT unreported.side, unreported.sign, 'sent ' || unreported.sent_id AS id FROM unreported
  UNION
  SELECT unreported.side, unreported.sign, 'given ' || unreported.given_id FROM unreported
)
SELECT named.file_id, named.transaction_type, ours.side, MIN(named.line_number) AS first_line, COUNT(*) AS row_count
FROM (
  SELECT
    reported.file_id, reported.transaction_type, reported.line_number, reported.sign,
    COALESCE('sent ' || reported.request_id, 'given ' || reported.provider_transaction_id) AS id
  FROM {rows} AS reported
  WHERE reported.row_role = 'OTHER'
) AS named
JOIN ours ON ours.sign = named.sign AND ours.id = named.id
GROUP BY named.file_id, named.transaction_type, ours.side
ORDER BY named.file_id, named.transaction_type, ours.side
