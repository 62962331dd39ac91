-- The payments behind the refunds of this day, partners from before the first day included.
SELECT
  o.source_id, o.order_key, o.payment_request_id, o.pay_state, o.voided_in_full, o.created_at, o.paid_at,
  o.amount_minor AS order_minor,
  o.amount_minor + CASE WHEN p.currency = o.currency THEN p.excess_minor ELSE 0 END AS payable_minor,
  o.is_test AND p.report_count IS NULL AS is_only_test,
  o.currency AS order_currency,
  COALESCE(p.report_count, 0) AS report_count,
  p.amount_minor AS report_minor,
  p.currency AS report_currency,
  p.settlement_amount_minor AS report_settlement_minor,
  p.settlement_currency AS report_settlement_currency,
  p.file_id, p.line_number, p.provider_transaction_id,
  COALESCE(po.known_code = 'P20', FALSE) AS is_netted,
  CASE WHEN x.reported_currency = o.currency THEN x.reported_minor ELSE 0 END AS reported_minor,
  CASE WHEN x.local_currency = o.currency THEN x.local_minor ELSE 0 END AS local_minor, x.is_split
FROM order_refunds AS x
JOIN orders_in_scope AS o ON o.source_id = x.source_id AND o.order_key = x.order_key
LEFT JOIN joined_rows AS p ON p.join_id = o.payment_request_id
LEFT JOIN payment_outcomes AS po ON po.source_id = o.source_id AND po.order_key = o.order_key
