-- Inputs of the day with more or fewer outcomes than they came in: the keys behind a side of `conservation`.
-- Reads what `conservation` reads, and outcome_places: side and place (file id and line) of each row that an outcome names.
WITH report_rows AS (
  SELECT r.*, r.file_id || ':' || CAST(r.line_number AS VARCHAR) AS place, COALESCE(r.provider_transaction_id, r.request_id) AS id
  FROM rows_of_day AS r
),
charges AS (
  SELECT r.*, t.fee_kind
  FROM report_rows AS r
  JOIN fee_day_terms AS t
    ON t.participant_agreement_id = r.participant_agreement_id
    AND t.settlement_currency = r.settlement_currency
    AND t.psp_id = COALESCE(r.psp_id, '')
    AND t.merchant_id = COALESCE(r.merchant_id, '')
  WHERE r.row_role = 'PAYMENT'
),
plain AS (
  SELECT o.source_id, o.order_key, r.place
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  JOIN report_rows AS r ON r.row_role = 'PAYMENT' AND r.request_id = o.payment_request_id
  LEFT JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  WHERE COALESCE(o.paid_at, o.created_at) >= day.day_start_at AND COALESCE(o.paid_at, o.created_at) < day.day_end_at
    AND s.order_key IS NULL
),
plain_refund_pairs AS (
  SELECT f.source_id, f.refund_key, r.place
  FROM frozen_refunds AS f
  CROSS JOIN parameters AS day
  JOIN report_rows AS r ON r.row_role <> 'PAYMENT' AND r.request_id = f.refund_request_id
  LEFT JOIN scope_refunds AS s ON s.source_id = f.source_id AND s.refund_key = f.refund_key
  WHERE COALESCE(f.refunded_at, f.requested_at) >= day.day_start_at
    AND COALESCE(f.refunded_at, f.requested_at) < day.day_end_at
    AND s.refund_key IS NULL
),
plain_fee_rows AS (
  SELECT f.file_id || ':' || CAST(f.line_number AS VARCHAR) AS place, c.id, c.fee_kind
  FROM fee_lines AS f
  JOIN rows_of_day AS r ON r.row_role = 'PAYMENT' AND r.provider_transaction_id = f.provider_transaction_id
  LEFT JOIN charges AS c ON c.file_id = r.file_id AND c.line_number = r.line_number AND c.fee_kind = f.fee_kind
  LEFT JOIN fee_pairs AS p ON p.file_id = f.file_id AND p.line_number = f.line_number
  WHERE p.file_id IS NULL
),
inputs AS (
  SELECT 'payments' AS side, o.source_id || '/' || o.order_key AS input_key, o.order_key AS id,
    CAST(NULL AS VARCHAR) AS file_id, CAST(NULL AS BIGINT) AS line_number, o.amount_minor, o.currency
  FROM frozen_orders AS o
  CROSS JOIN parameters AS day
  LEFT JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  LEFT JOIN payment_rows AS p ON p.request_id = o.payment_request_id
  LEFT JOIN adopted_rows AS a ON a.payment_request_id = o.payment_request_id
  WHERE (COALESCE(o.paid_at, o.created_at) >= day.day_start_at AND COALESCE(o.paid_at, o.created_at) < day.day_end_at)
    OR s.is_due
    OR (s.order_key IS NOT NULL AND (p.request_id IS NOT NULL OR a.payment_request_id IS NOT NULL))
  UNION ALL
  SELECT 'refunds', f.source_id || '/' || f.refund_key, f.refund_key, NULL, NULL, f.amount_minor, f.currency
  FROM frozen_refunds AS f
  CROSS JOIN parameters AS day
  LEFT JOIN scope_refunds AS s ON s.source_id = f.source_id AND s.refund_key = f.refund_key
  LEFT JOIN refund_groups AS g ON g.refund_source_id = f.source_id AND g.refund_key = f.refund_key
  WHERE (COALESCE(f.refunded_at, f.requested_at) >= day.day_start_at
      AND COALESCE(f.refunded_at, f.requested_at) < day.day_end_at)
    OR (s.refund_key IS NOT NULL
      AND (g.group_id IS NOT NULL OR (s.is_due AND COALESCE(f.refunded_at, f.requested_at) >= day.first_day_at)))
  UNION ALL
  SELECT 'rows', r.place, r.id, r.file_id, r.line_number, r.amount_minor, r.currency FROM report_rows AS r
  UNION ALL
  SELECT 'fees', f.file_id || ':' || CAST(f.line_number AS VARCHAR), COALESCE(f.provider_transaction_id, f.request_id),
    f.file_id, f.line_number, f.fee_amount_minor, COALESCE(f.fee_currency, f.settlement_currency)
  FROM fee_rows_of_day AS f
  UNION ALL
  SELECT 'charges', c.id || ' ' || c.fee_kind, c.id, c.file_id, c.line_number, NULL, NULL FROM charges AS c
),
outcomes AS (
  SELECT 'payments' AS side, p.source_id || '/' || p.order_key AS input_key, 1 AS outcome_count FROM plain AS p
  UNION ALL
  SELECT 'payments', s.source_id || '/' || s.order_key, 1
  FROM payment_outcomes AS o
  JOIN orders_in_scope AS s ON s.source_id = o.source_id AND s.order_key = o.order_key
  UNION ALL
  SELECT 'refunds', p.source_id || '/' || p.refund_key, 1 FROM plain_refund_pairs AS p
  UNION ALL
  SELECT 'refunds', s.source_id || '/' || s.refund_key, 1
  FROM refund_outcomes AS o
  JOIN scope_refunds AS s ON s.source_id = o.source_id AND s.refund_key = o.refund_key
  UNION ALL
  SELECT 'rows', p.place, 1 FROM plain AS p
  UNION ALL
  SELECT 'rows', p.place, 1 FROM plain_refund_pairs AS p
  UNION ALL
  SELECT 'rows', x.file_id || ':' || CAST(x.line_number AS VARCHAR), 1 FROM repeated_rows_of_day AS x
  UNION ALL
  SELECT 'fees', p.place, 1 FROM plain_fee_rows AS p
  UNION ALL
  SELECT p.side, p.place, 1 FROM outcome_places AS p
  UNION ALL
  SELECT 'charges', p.id || ' ' || p.fee_kind, 1 FROM plain_fee_rows AS p WHERE p.fee_kind IS NOT NULL
  UNION ALL
  SELECT 'charges', o.transaction_id || ' ' || o.fee_kind, o.term_count FROM fee_outcomes AS o WHERE o.term_count > 0
),
came AS (
  SELECT i.side, i.input_key, MIN(i.id) AS id, MIN(i.file_id) AS file_id, MIN(i.line_number) AS line_number,
    MIN(i.amount_minor) AS amount_minor, MIN(i.currency) AS currency, COUNT(*) AS came_count
  FROM inputs AS i
  GROUP BY i.side, i.input_key
),
decided AS (
  SELECT o.side, o.input_key, SUM(o.outcome_count) AS outcome_count FROM outcomes AS o GROUP BY o.side, o.input_key
),
lost AS (
  SELECT c.*, COALESCE(d.outcome_count, 0) AS outcome_count,
    COUNT(*) OVER (PARTITION BY c.side) AS row_count,
    ROW_NUMBER() OVER (PARTITION BY c.side ORDER BY c.file_id, c.line_number, c.input_key) AS place
  FROM came AS c
  LEFT JOIN decided AS d ON d.side = c.side AND d.input_key = c.input_key
  WHERE COALESCE(d.outcome_count, 0) <> c.came_count
)
SELECT l.side, l.file_id, l.line_number, l.id, l.amount_minor, l.currency, l.came_count,
  CAST(l.outcome_count AS BIGINT) AS outcome_count, l.row_count
FROM lost AS l
WHERE l.place <= {listed_rows}
