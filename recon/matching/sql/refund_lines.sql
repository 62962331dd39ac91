-- Every report row that is not a payment, with the refund and the order of ours that it belongs to.
-- Ladder: refundRequestId, then Alipay+'s refundId; for the order: our refund's, then the original ids on the row.
WITH by_request AS (
  SELECT d.file_id, d.line_number, f.source_id, f.refund_key, f.order_key
  FROM refund_rows AS d
  JOIN scope_refunds AS f ON f.refund_request_id = d.request_id
  WHERE d.row_role = 'REFUND'
),
by_provider AS (
  SELECT d.file_id, d.line_number, MIN(f.source_id) AS source_id, MIN(f.refund_key) AS refund_key,
    MIN(f.order_key) AS order_key
  FROM refund_rows AS d
  JOIN scope_refunds AS f ON f.provider_refund_id = d.provider_transaction_id
  WHERE d.row_role = 'REFUND'
    AND NOT EXISTS (SELECT 1 FROM by_request AS b WHERE b.file_id = d.file_id AND b.line_number = d.line_number)
    AND NOT EXISTS (SELECT 1 FROM by_request AS b WHERE b.source_id = f.source_id AND b.refund_key = f.refund_key)
  GROUP BY d.file_id, d.line_number
  HAVING COUNT(*) = 1
)
SELECT
  d.file_id, d.line_number, d.clearing_day, d.row_role, d.transaction_type, d.request_id, d.provider_transaction_id,
  d.original_request_id, d.transaction_at, d.amount_minor, d.currency, d.settlement_amount_minor,
  d.settlement_currency, d.sign,
  COALESCE(q.source_id, v.source_id) AS refund_source_id,
  COALESCE(q.refund_key, v.refund_key) AS refund_key,
  COALESCE(q.source_id, v.source_id, a.source_id) AS order_source_id,
  COALESCE(q.order_key, v.order_key, a.order_key) AS order_key,
  COALESCE(COALESCE(q.source_id, v.source_id) || '/' || COALESCE(q.refund_key, v.refund_key),
    '/' || d.row_role || '/' || COALESCE(d.request_id, d.provider_transaction_id, d.file_id || ':' || CAST(d.line_number AS VARCHAR)))
    AS group_id,
  q.refund_key IS NULL AND v.refund_key IS NOT NULL AS is_paired_by_provider_id
FROM refund_rows AS d
LEFT JOIN by_request AS q ON q.file_id = d.file_id AND q.line_number = d.line_number
LEFT JOIN by_provider AS v ON v.file_id = d.file_id AND v.line_number = d.line_number
LEFT JOIN original_orders AS a ON a.file_id = d.file_id AND a.line_number = d.line_number
