-- What only the sum of an order's refunds shows: R15 (void shown as full), R09 (agree in sum, not one by one).
WITH grouped AS (
  SELECT
    m.*,
    COALESCE(m.voided_in_full AND GREATEST(m.reported_minor, m.local_minor) > 0
      AND GREATEST(m.reported_minor, m.local_minor) < m.order_minor
      AND NOT (m.is_only_test AND m.reported_minor = 0), FALSE) AS is_shown_full
  FROM refunded_payments AS m
  WHERE m.voided_in_full OR m.is_split
),
group_lines AS (
  SELECT l.order_source_id AS source_id, l.order_key, MAX(l.clearing_day) AS newest_day,
    STRING_AGG(l.file_id || ':' || CAST(l.line_number AS VARCHAR), ' ' ORDER BY l.file_id, l.line_number) AS lines
  FROM refund_lines AS l
  JOIN grouped AS g ON g.source_id = l.order_source_id AND g.order_key = l.order_key
  GROUP BY l.order_source_id, l.order_key
)
SELECT
  'R' AS family, 'order' AS key_kind, g.source_id, g.order_key, CAST(NULL AS VARCHAR) AS refund_key,
  g.provider_transaction_id, g.payment_request_id, CAST(NULL AS VARCHAR) AS refund_request_id,
  CASE WHEN g.is_shown_full THEN 'R15' ELSE 'R09' END AS code,
  CASE WHEN g.is_shown_full AND g.is_split THEN 'R09' ELSE '' END AS flags,
  l.newest_day AS noted_day,
  CAST(COALESCE(g.paid_at, g.created_at) + INTERVAL '8' HOUR AS DATE) AS ref_day,
  g.created_at,
  CASE WHEN g.is_shown_full THEN g.order_minor ELSE g.local_minor END AS order_amount_minor,
  g.reported_minor AS report_amount_minor,
  g.order_currency, COALESCE(g.report_currency, g.order_currency) AS report_currency,
  GREATEST(g.reported_minor, g.local_minor) AS refunded_minor,
  CAST(0 AS BIGINT) AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, CAST(NULL AS VARCHAR) AS partner_key,
  l.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM grouped AS g
LEFT JOIN group_lines AS l ON l.source_id = g.source_id AND l.order_key = g.order_key
WHERE g.is_shown_full OR g.is_split
