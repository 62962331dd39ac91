-- One line per payment key with every fact that the payment decision asks for.
-- A partner order from before the first day that no report row names gets no outcome.
SELECT
  o.source_id,
  o.order_key,
  COALESCE(o.payment_request_id, p.request_id) AS payment_request_id,
  p.request_id AS row_request_id,
  p.provider_transaction_id,
  o.provider_payment_id,
  p.file_id,
  p.line_number,
  p.newest_day AS row_day,
  o.order_key IS NOT NULL AS has_order,
  COALESCE(o.is_test, FALSE) AS is_test,
  o.pay_state,
  o.confirm_state,
  o.cancel_state,
  COALESCE(p.report_count, 0) AS report_count,
  COALESCE(p.is_same_transaction, FALSE) AS is_same_transaction,
  o.amount_minor AS order_minor,
  o.currency AS order_currency,
  p.amount_minor AS report_minor,
  p.currency AS report_currency,
  p.excess_minor,
  o.settlement_amount_minor AS order_settlement_minor,
  p.settlement_amount_minor AS report_settlement_minor,
  p.settlement_currency AS report_settlement_currency,
  COALESCE(x.reported_minor, 0) AS refunded_minor,
  COALESCE(GREATEST(p.newest_day, x.newest_day), p.newest_day) AS noted_day,
  o.created_at,
  COALESCE(o.created_at, p.transaction_at) AS begun_at,
  CAST(COALESCE(o.paid_at, o.created_at, p.transaction_at) + INTERVAL '8' HOUR AS DATE) AS ref_day,
  COALESCE(x.opposite_minor = p.amount_minor, FALSE) AS is_netted,
  COALESCE(p.amount_minor > 0 AND x.reported_minor >= p.amount_minor, FALSE) AS is_fully_refunded,
  COALESCE(o.paid_at, o.created_at) + day.confirm_grace >= day.as_of_at AS is_in_confirm_grace,
  o.created_at + day.init_grace >= day.as_of_at AS is_in_init_grace,
  CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) <= day.hard_until_day AS is_hard,
  COALESCE(p.currency = o.currency AND p.amount_minor <> o.amount_minor, FALSE) AS has_amount_diff,
  COALESCE(p.amount_minor = o.amount_minor * 10 OR p.amount_minor = o.amount_minor * 100
    OR p.amount_minor = o.amount_minor * 1000 OR p.amount_minor * 10 = o.amount_minor
    OR p.amount_minor * 100 = o.amount_minor OR p.amount_minor * 1000 = o.amount_minor, FALSE) AS is_scaled,
  COALESCE(p.currency <> o.currency, FALSE) AS has_currency_diff,
  d.order_key IS NOT NULL AS is_duplicate_suspect,
  d.earlier_key AS duplicate_of,
  COALESCE(p.report_count = 1 AND p.newest_day = day.as_of_day
    AND CAST(o.paid_at + INTERVAL '8' HOUR AS DATE) <> p.row_day, FALSE) AS has_cycle_shift,
  COALESCE(p.settlement_currency = o.settlement_currency
    AND ABS(p.settlement_amount_minor - o.settlement_amount_minor) > day.settlement_tolerance, FALSE)
    AS has_settlement_diff,
  COALESCE(p.settlement_currency <> o.settlement_currency, FALSE)
    OR COALESCE(p.participant_agreement_id <> e.participant_agreement_id, FALSE) AS has_agreement_diff,
  COALESCE(p.report_count > 0 AND o.is_test = day.is_production, FALSE) AS has_environment_mix,
  COALESCE(p.provider_transaction_id <> o.provider_payment_id, FALSE)
    OR COALESCE(p.request_id <> o.payment_request_id, FALSE) AS has_identity_diff,
  COALESCE(p.request_id <> o.payment_request_id, FALSE) AS has_other_request_id,
  COALESCE(p.is_adopted AND o.order_key IS NOT NULL, FALSE) AS is_paired_by_provider_id,
  COALESCE(p.report_count > 0 AND COALESCE(x.reported_count, 0) = 0 AND (
    o.cancel_code = 'CANCEL_WINDOW_EXCEED'
    OR o.cancel_requested_at > CAST(CAST(o.created_at + INTERVAL '8' HOUR AS DATE) AS TIMESTAMP)
      + INTERVAL '1' DAY + INTERVAL '15' MINUTE - INTERVAL '8' HOUR
  ), FALSE) AS has_late_cancel
FROM orders_in_scope AS o
FULL OUTER JOIN joined_rows AS p ON p.join_id = o.payment_request_id
LEFT JOIN order_refunds AS x ON x.source_id = o.source_id AND x.order_key = o.order_key
LEFT JOIN duplicate_suspects AS d ON d.source_id = o.source_id AND d.order_key = o.order_key
LEFT JOIN expected_agreements AS e
  ON e.merchant_id = o.merchant_id AND e.psp_id = o.psp_id AND e.settlement_currency = p.settlement_currency
CROSS JOIN parameters AS day
WHERE p.report_count IS NOT NULL
   OR CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) >= day.start_day
