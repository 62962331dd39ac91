-- One line per payment key with every fact that the payment decision asks for.
-- An order that is not due and that no report row names is a partner of another key and gets no outcome.
-- A cancel word without a meaning leaves open whether the payment is closed: its state is UNMAPPED, too.
-- report_count: the rows that still stand for money; 1 if all that was captured beyond the first row went back, by refunds
-- that we registered or by rows of other types, and if the sale itself was not undone. row_count: all rows.
-- Written for speed where it is read a million times: instants are compared with instants of `parameters`, and what
-- only a few rows need stands behind a CASE.
SELECT
  o.source_id,
  o.order_key,
  COALESCE(o.payment_request_id, p.request_id) AS payment_request_id,
  p.request_id AS row_request_id,
  p.lines,
  p.newest_day,
  COALESCE(p.day_count, 0) AS day_count,
  o.order_key IS NOT NULL AS has_order,
  COALESCE(o.is_test, FALSE) AS is_test,
  o.last_seen_day IS NOT NULL AS is_gone,
  CASE WHEN o.cancel_state = 'UNMAPPED' THEN 'UNMAPPED' ELSE o.pay_state END AS pay_state,
  o.confirm_state,
  COALESCE(p.report_count, 0) AS row_count,
  CASE WHEN COALESCE(p.report_count, 0) < 2 THEN COALESCE(p.report_count, 0)
    WHEN p.is_one_currency AND x.opposite_currency = p.currency
      AND x.opposite_minor - GREATEST(
        x.reported_minor - CASE WHEN x.local_currency = p.currency THEN x.local_minor ELSE 0 END, 0) >= p.excess_minor
      AND (x.reported_minor >= p.amount_minor + p.excess_minor OR NOT COALESCE(o.voided_in_full, FALSE)) THEN 1
    ELSE p.report_count END AS report_count,
  CASE WHEN a.answer <> 'PAID' OR (a.amount_minor = o.amount_minor AND a.currency = o.currency) THEN a.answer ELSE '' END
    AS answer,
  COALESCE(p.is_same_transaction, FALSE) AS is_same_transaction,
  CASE WHEN x.newest_day > p.newest_day THEN x.newest_day ELSE p.newest_day END AS noted_day,
  CASE WHEN o.order_key IS NULL THEN NULL
    WHEN COALESCE(o.paid_at, o.created_at) >= day.day_start_at AND COALESCE(o.paid_at, o.created_at) < day.day_end_at
      THEN day.as_of_day
    ELSE CAST(COALESCE(o.paid_at, o.created_at) + INTERVAL '8' HOUR AS DATE) END AS ref_day,
  CASE WHEN x.order_key IS NULL THEN FALSE ELSE COALESCE(x.opposite_minor = p.amount_minor + p.excess_minor AND x.opposite_currency = p.currency, FALSE)
    END AS is_netted,
  CASE WHEN x.order_key IS NULL THEN FALSE
    ELSE COALESCE(p.amount_minor > 0 AND x.reported_minor >= p.amount_minor + p.excess_minor AND x.reported_currency = p.currency, FALSE)
    END AS is_fully_refunded,
  COALESCE(o.paid_at, o.created_at) >= day.confirm_since AS is_in_confirm_grace,
  o.created_at >= day.init_since AS is_in_init_grace,
  COALESCE(o.paid_at, o.created_at) < day.hard_before_at AS is_hard,
  COALESCE(p.amount_minor <> o.amount_minor AND p.currency = o.currency, FALSE) AS has_amount_diff,
  CASE WHEN p.amount_minor <> o.amount_minor THEN p.amount_minor = o.amount_minor * 10
    OR p.amount_minor = o.amount_minor * 100 OR p.amount_minor = o.amount_minor * 1000
    OR p.amount_minor * 10 = o.amount_minor OR p.amount_minor * 100 = o.amount_minor
    OR p.amount_minor * 1000 = o.amount_minor ELSE FALSE END AS is_scaled,
  COALESCE(p.currency <> o.currency, FALSE) AS has_currency_diff,
  d.order_key IS NOT NULL AS is_duplicate_suspect,
  COALESCE(p.day_count = 1 AND p.report_count = 1
    AND (o.paid_at < day.day_start_at OR o.paid_at >= day.day_end_at), FALSE) AS has_cycle_shift,
  COALESCE(ABS(p.settlement_amount_minor - o.settlement_amount_minor) > day.settlement_minor
    AND p.settlement_currency = o.settlement_currency, FALSE) AS has_settlement_diff,
  COALESCE(p.settlement_currency <> o.settlement_currency, FALSE)
    OR COALESCE(p.participant_agreement_id <> e.participant_agreement_id, FALSE) AS has_agreement_diff,
  COALESCE(p.report_count > 0 AND o.is_test = day.is_production, FALSE) AS has_environment_mix,
  COALESCE(p.provider_transaction_id <> o.provider_payment_id, FALSE)
    OR CASE WHEN p.is_adopted THEN COALESCE(p.request_id <> o.payment_request_id, FALSE) ELSE FALSE END
    AS has_identity_diff,
  CASE WHEN p.is_adopted THEN COALESCE(p.request_id <> o.payment_request_id, FALSE) ELSE FALSE END
    AS has_other_request_id,
  COALESCE(p.is_adopted AND o.order_key IS NOT NULL, FALSE) AS is_paired_by_provider_id,
  CASE WHEN p.report_count > 0 AND o.cancel_state <> 'NONE' AND COALESCE(x.reported_count, 0) = 0 THEN COALESCE(
    o.cancel_code = 'CANCEL_WINDOW_EXCEED'
    OR o.cancel_requested_at > CAST(CAST(o.created_at + INTERVAL '8' HOUR AS DATE) AS TIMESTAMP)
      + INTERVAL '1' DAY + INTERVAL '15' MINUTE - INTERVAL '8' HOUR, FALSE) ELSE FALSE END AS has_late_cancel
FROM orders_in_scope AS o
FULL OUTER JOIN joined_rows AS p ON p.join_id = o.payment_request_id
LEFT JOIN order_refunds AS x ON x.source_id = o.source_id AND x.order_key = o.order_key
LEFT JOIN duplicate_suspects AS d ON d.source_id = o.source_id AND d.order_key = o.order_key
LEFT JOIN answers AS a ON a.source_id = o.source_id AND a.order_key = o.order_key
  AND a.situation = o.pay_state || '/' || CAST(COALESCE(p.report_count, 0) AS VARCHAR)
    || CASE WHEN o.payment_request_id <> o.order_key THEN '/' || o.payment_request_id ELSE '' END
LEFT JOIN expected_agreements AS e
  ON e.merchant_id = o.merchant_id AND e.psp_id = o.psp_id AND e.settlement_currency = p.settlement_currency
CROSS JOIN parameters AS day
WHERE p.report_count IS NOT NULL OR o.is_due
