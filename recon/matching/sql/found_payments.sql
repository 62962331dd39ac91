-- What the payment decision found: every outcome that is a break, with both values and the place of its evidence.
-- What is there too often in another currency than our order stands alone, in its own currency.
WITH told AS (
  SELECT po.*, po.known_code = 'P10' AND p.excess_currency <> COALESCE(o.currency, p.currency) AS is_foreign_excess
  FROM payment_outcomes AS po
  LEFT JOIN orders_in_scope AS o ON o.source_id = po.source_id AND o.order_key = po.order_key
  LEFT JOIN payment_rows AS p ON p.lines = po.lines
  WHERE po.code IN ({break_codes})
)
SELECT
  'P' AS family,
  CASE WHEN po.has_order THEN 'order' ELSE 'provider' END AS key_kind,
  po.source_id, po.order_key, CAST(NULL AS VARCHAR) AS refund_key,
  CASE WHEN po.has_order THEN COALESCE(p.provider_transaction_id, o.provider_payment_id)
    ELSE COALESCE(p.provider_transaction_id, p.request_id) END AS provider_transaction_id,
  po.payment_request_id, CAST(NULL AS VARCHAR) AS refund_request_id,
  po.code,
  CASE WHEN n.near_key IS NULL THEN po.flags ELSE TRIM(po.flags || ' NEAR') END AS flags,
  po.noted_day,
  COALESCE(po.ref_day, p.row_day) AS ref_day,
  COALESCE(o.created_at, p.transaction_at) AS created_at,
  CASE WHEN po.is_foreign_excess THEN NULL WHEN po.known_code = 'P13' THEN o.settlement_amount_minor ELSE o.amount_minor END AS order_amount_minor,
  CASE WHEN po.is_foreign_excess THEN p.excess_minor WHEN po.known_code = 'P13' THEN p.settlement_amount_minor
    ELSE p.amount_minor END AS report_amount_minor,
  CASE WHEN po.is_foreign_excess THEN NULL WHEN po.known_code = 'P13' THEN o.settlement_currency ELSE o.currency END AS order_currency,
  CASE WHEN po.is_foreign_excess THEN p.excess_currency WHEN po.known_code = 'P13' THEN p.settlement_currency
    ELSE p.currency END AS report_currency,
  CASE WHEN x.reported_currency = COALESCE(p.currency, o.currency)
    THEN GREATEST(x.reported_minor - CASE WHEN po.is_foreign_excess THEN 0 ELSE COALESCE(p.excess_minor, 0) END, 0)
    ELSE 0 END AS refunded_minor,
  COALESCE(p.excess_minor, 0) AS excess_minor,
  o.cancel_state, COALESCE(d.is_unsure, FALSE) AS is_unsure, COALESCE(d.earlier_key, n.near_key) AS partner_key,
  po.lines,
  COALESCE(o.pay_state, '-') || '/' || CAST(po.report_count AS VARCHAR)
    || CASE WHEN o.payment_request_id <> o.order_key THEN '/' || o.payment_request_id ELSE '' END AS situation,
  o.provider_payment_id AS own_payment_id,
  o.merchant_id
FROM told AS po
LEFT JOIN orders_in_scope AS o ON o.source_id = po.source_id AND o.order_key = po.order_key
LEFT JOIN payment_rows AS p ON p.lines = po.lines
LEFT JOIN order_refunds AS x ON x.source_id = po.source_id AND x.order_key = po.order_key
LEFT JOIN duplicate_suspects AS d ON d.source_id = po.source_id AND d.order_key = po.order_key
LEFT JOIN near_references AS n ON n.lines = CASE WHEN po.code = 'P06' THEN po.lines END
