-- One row per order whose refunds are a break in sum only.
-- What only the sum of an order's refunds shows: R15 (void shown as full), R09 (agree in sum, not one by one).
-- An order that was changed after the clearing day may be shown as voided by a refund of that time: the next day sees
-- it, unless its break is open.
-- Reads: opening_items, refund_lines, refunded_payments
-- Columns:
--   found_payments.*  the same columns
WITH opening_groups AS (
  SELECT opening.source_id, opening.order_key
  FROM opening_items AS opening
  WHERE opening.family = 'R' AND opening.key_kind = 'order'
  GROUP BY opening.source_id, opening.order_key
),
grouped AS (
  SELECT
    payment.*,
    COALESCE(payment.voided_in_full AND (NOT payment.is_changed_after OR opening.order_key IS NOT NULL)
      AND GREATEST(payment.reported_minor, payment.local_minor) > 0
      AND GREATEST(payment.reported_minor, payment.local_minor) < payment.order_minor
      AND NOT (payment.is_only_test AND payment.reported_minor = 0), FALSE) AS is_shown_full
  FROM refunded_payments AS payment
  LEFT JOIN opening_groups AS opening ON opening.source_id = payment.source_id AND opening.order_key = payment.order_key
  WHERE payment.voided_in_full OR payment.is_split
),
group_lines AS (
  SELECT refund_line.order_source_id AS source_id, refund_line.order_key, MAX(refund_line.clearing_day) AS newest_day,
    STRING_AGG({place(refund_line)}, ' '
      ORDER BY refund_line.file_id, refund_line.line_number) AS lines
  FROM refund_lines AS refund_line
  JOIN grouped ON grouped.source_id = refund_line.order_source_id AND grouped.order_key = refund_line.order_key
  GROUP BY refund_line.order_source_id, refund_line.order_key
)
SELECT
  'R' AS family, 'order' AS key_kind, grouped.source_id, grouped.order_key, CAST(NULL AS VARCHAR) AS refund_key,
  grouped.provider_transaction_id, grouped.payment_request_id, CAST(NULL AS VARCHAR) AS refund_request_id,
  CASE WHEN grouped.is_shown_full THEN 'R15' ELSE 'R09' END AS code,
  CASE WHEN grouped.is_shown_full AND grouped.is_split THEN 'R09' ELSE '' END AS flags,
  group_line.newest_day AS noted_day,
  CAST(grouped.effective_at + INTERVAL '8' HOUR AS DATE) AS ref_day,
  grouped.created_at,
  CASE WHEN grouped.is_shown_full THEN grouped.order_minor ELSE grouped.local_minor END AS order_amount_minor,
  grouped.reported_minor AS report_amount_minor,
  grouped.order_currency, COALESCE(grouped.report_currency, grouped.order_currency) AS report_currency,
  GREATEST(grouped.reported_minor, grouped.local_minor) AS refunded_minor,
  CAST(0 AS BIGINT) AS excess_minor,
  CAST(NULL AS VARCHAR) AS cancel_state, FALSE AS is_unsure, CAST(NULL AS VARCHAR) AS partner_key,
  group_line.lines, CAST(NULL AS VARCHAR) AS situation, CAST(NULL AS VARCHAR) AS own_payment_id,
  CAST(NULL AS VARCHAR) AS merchant_id
FROM grouped
LEFT JOIN group_lines AS group_line ON group_line.source_id = grouped.source_id
  AND group_line.order_key = grouped.order_key
WHERE grouped.is_shown_full OR grouped.is_split
