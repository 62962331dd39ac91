-- The first pass over the refunds: the one refund of an order that is plainly in order on both sides, its payment too.
-- As with `not_plain`: no rule and no flag could speak of it, and a test proves that skipping it changes no outcome.
WITH special AS (
  SELECT n.payment_request_id AS id FROM not_plain AS n WHERE n.payment_request_id IS NOT NULL
  UNION
  SELECT n.request_id AS id FROM not_plain AS n WHERE n.request_id IS NOT NULL
  UNION
  SELECT s.id FROM suspect_ids AS s WHERE s.id IS NOT NULL
  UNION
  SELECT i.request_id AS id FROM opening_items AS i WHERE i.request_id IS NOT NULL
  UNION
  SELECT e.payment_request_id AS id FROM seen_early AS e
  UNION
  SELECT p.earlier_request_id AS id FROM near_pairs AS p
  UNION
  SELECT p.later_request_id AS id FROM near_pairs AS p
),
single_rows AS (
  SELECT r.original_request_id
  FROM other_rows AS r
  GROUP BY r.original_request_id
  HAVING COUNT(*) = 1
),
single_refunds AS (
  SELECT f.source_id, f.order_key
  FROM frozen_refunds AS f
  GROUP BY f.source_id, f.order_key
  HAVING COUNT(*) = 1
),
pairs AS (
  SELECT f.source_id, f.order_key, f.refund_key, r.request_id, r.original_request_id, r.amount_minor, r.currency,
    r.settlement_amount_minor, r.settlement_currency, f.refunded_at
  FROM other_rows AS r
  JOIN single_rows AS sr ON sr.original_request_id = r.original_request_id
  JOIN frozen_refunds AS f ON f.refund_request_id = r.request_id
  JOIN single_refunds AS sf ON sf.source_id = f.source_id AND sf.order_key = f.order_key
  LEFT JOIN special AS s ON s.id = r.original_request_id
  LEFT JOIN special AS t ON t.id = r.request_id
  CROSS JOIN parameters AS day
  WHERE s.id IS NULL
    AND t.id IS NULL
    AND r.row_role = 'REFUND'
    AND f.provider_state = 'SUCCESS'
    AND f.local_state = 'VOIDED'
    AND f.amount_minor = r.amount_minor
    AND f.currency = r.currency
    AND f.requested_at >= day.day_start_at
    AND f.refunded_at >= f.requested_at
    AND f.refunded_at < day.day_end_at
)
SELECT p.source_id, p.order_key, p.refund_key, p.request_id, p.original_request_id
FROM pairs AS p
JOIN frozen_orders AS o ON o.payment_request_id = p.original_request_id
JOIN rows_of_day AS r ON r.request_id = p.original_request_id
CROSS JOIN parameters AS day
WHERE o.source_id = p.source_id
  AND o.order_key = p.order_key
  AND p.amount_minor <= o.amount_minor
  AND p.currency = o.currency
  AND (o.voided_in_full IS NULL OR NOT o.voided_in_full OR p.amount_minor = o.amount_minor)
  AND r.row_role = 'PAYMENT'
  AND p.settlement_currency = r.settlement_currency
  AND CASE WHEN p.settlement_amount_minor = p.amount_minor AND r.settlement_amount_minor = r.amount_minor THEN TRUE
    ELSE ABS(CAST(p.settlement_amount_minor AS DECIMAL(38, 0)) * r.amount_minor
        - CAST(p.amount_minor AS DECIMAL(38, 0)) * r.settlement_amount_minor)
        <= CAST(day.refund_fx_minor AS DECIMAL(38, 0)) * r.amount_minor
      AND (p.amount_minor < r.amount_minor OR ABS(p.settlement_amount_minor - r.settlement_amount_minor) <= 1)
    END
  AND p.refunded_at >= o.paid_at
